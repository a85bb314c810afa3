// The plugin's window without a screen: it lives on the message thread as in a host, and the
// calling thread plays the host.
#pragma once

#include "harness/session.h"

namespace harness
{
class Window
{
  public:
    Session& session() { return *host; }
    starling::PluginProcessor& plugin() { return host->host.plugin; }

    /** Run something on the message thread and wait for it. */
    static void onMessageThread(std::function<void()> work);

    /** The visible button with this text or title; null when there is none. */
    juce::Button* button(const juce::String& text);

    /** Click it as a mouse would; false when there is none or it is disabled. */
    bool click(const juce::String& text);

    /** Whether a visible label says this. */
    bool shows(const juce::String& text);

    /** Whether a progress bar with this title is visible. */
    bool showsProgress(const juce::String& title);

    /** Let it catch up: it looks at the engine 15 times a second. */
    void settle() { host->rest(0.4); }

    juce::AudioProcessorEditor& editor() { return *component; }

  private:
    friend int openWindow(bool connect, const std::function<void(Window&)>&);

    std::unique_ptr<Session> host;
    std::unique_ptr<juce::AudioProcessorEditor> component;
};

/** Run this on a thread beside this one, which passes messages on meanwhile; answers 0. */
int besideMessages(std::function<void()> work);

/** Open a window on a plugin that has found its engine, do something with it, close it. */
int withWindow(const std::function<void(Window&)>& work);

/** The same where there is no engine. */
int withLonelyWindow(const std::function<void(Window&)>& work);
} // namespace harness
