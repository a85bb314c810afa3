// Pictures of the window, drawn without a screen: what a search, a preset on the keys and a match
// look like.
#include "session.h"

#include "Editor/Editor.h"

namespace harness
{
namespace
{
juce::Button* buttonNamed(juce::Component& parent, const juce::String& text)
{
    for (auto* child : parent.getChildren())
    {
        if (auto* button = dynamic_cast<juce::Button*>(child);
            button != nullptr && button->getButtonText() == text)
            return button;

        if (auto* found = buttonNamed(*child, text))
            return found;
    }
    return nullptr;
}

void take(juce::Component& window, const juce::File& file)
{
    for (int turn = 0; turn < 5; ++turn)
    {
        juce::Thread::sleep(80);
        juce::Timer::callPendingTimersSynchronously();
    }
    file.deleteFile();
    juce::FileOutputStream out(file);
    juce::PNGImageFormat().writeImageToStream(
        window.createComponentSnapshot(window.getLocalBounds()), out);
}
} // namespace

int takePictures(const Arguments& arguments)
{
    const auto folder = juce::File::getCurrentWorkingDirectory().getChildFile(arguments[0]);
    Session session;
    session.connect();
    auto& plugin = session.host.plugin;
    const std::unique_ptr<juce::AudioProcessorEditor> window(plugin.createEditor());
    take(*window, folder.getChildFile("empty.png"));

    const auto tone = folder.getChildFile("bell.wav");
    writeTone(tone, 196.0);
    auto found = session.ask([&](auto& search) { search.byFile(tone, {}); });
    session.ask([&](auto& search) { search.favourite(found.hits.at(1), true); });
    session.ask([&](auto& search)
                { search.use(found.hits.at(0), 60, plugin.parameters.wanted()); });
    session.host.process(noteOn(64));
    session.rest(0.3);
    take(*window, folder.getChildFile("find.png"));
    window->setSize(960, 620);
    take(*window, folder.getChildFile("small.png"));

    if (auto* tab = buttonNamed(*window, "Match"))
        tab->setToggleState(true, juce::sendNotificationSync);

    session.post([](auto& engine) { engine.match("starling", 300); });
    session.host.waitUntil([&] { return plugin.bank.guest().sound != nullptr; }, 60.0);
    take(*window, folder.getChildFile("matching.png"));
    session.host.waitUntil([&] { return !session.match().isRunning; }, 120.0);
    session.rest(0.2);
    window->setSize(1140, 720);
    take(*window, folder.getChildFile("matched.png"));
    return 0;
}
} // namespace harness
