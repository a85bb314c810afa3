// Pictures of the window, drawn without a screen: what a search, a preset on the keys and a match
// look like. The window lives on the message thread as in a host; this thread plays the host.
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

class Photographer final : public juce::Thread
{
  public:
    explicit Photographer(const juce::File& folderForPictures)
        : juce::Thread("photographer"), folder(folderForPictures)
    {
    }

    void run() override
    {
        onMessageThread([this] { session = std::make_unique<Session>(); });
        session->connect();
        auto& plugin = session->host.plugin;
        onMessageThread([&] { window.reset(plugin.createEditor()); });
        take("empty", 1140, 720);

        const auto tone = folder.getChildFile("bell.wav");
        writeTone(tone, 196.0);
        const auto found = session->ask([&](auto& search) { search.byFile(tone, {}); });
        session->ask([&](auto& search) { search.favourite(found.hits.at(1), true); });
        session->ask([&](auto& search)
                     { search.use(found.hits.at(0), 60, plugin.parameters.wanted()); });
        session->host.process(noteOn(64));
        take("find", 1140, 720);
        take("find_small", 960, 620);
        match();
        onMessageThread([this] { window = nullptr; });
        onMessageThread([this] { session = nullptr; });
        juce::MessageManager::getInstance()->stopDispatchLoop();
    }

  private:
    void match()
    {
        onMessageThread(
            [this]
            { buttonNamed(*window, "Match")->setToggleState(true, juce::sendNotificationSync); });
        take("match", 1140, 720);
        session->post([](auto& engine) { engine.match("starling", 300); });
        session->host.waitUntil(
            [this] { return session->host.plugin.bank.guest().sound != nullptr; }, 60.0);
        take("matching", 1140, 720);
        session->host.waitUntil([this] { return !session->match().isRunning; }, 120.0);
        take("matched", 1140, 720);
        take("matched_small", 960, 620);
    }

    static void onMessageThread(std::function<void()> work)
    {
        juce::MessageManager::getInstance()->callFunctionOnMessageThread(
            [](void* job) -> void*
            {
                (*static_cast<std::function<void()>*>(job))();
                return nullptr;
            },
            &work);
    }

    void take(const char* name, int width, int height)
    {
        onMessageThread([&] { window->setSize(width, height); });
        session->rest(0.4); // the window looks at the engine 15 times a second
        const auto file = folder.getChildFile(juce::String(name) + ".png");
        file.deleteFile();
        onMessageThread(
            [&]
            {
                juce::FileOutputStream out(file);
                juce::PNGImageFormat().writeImageToStream(
                    window->createComponentSnapshot(window->getLocalBounds()), out);
            });
        std::printf("%s\n", file.getFullPathName().toRawUTF8());
    }

    const juce::File folder;
    std::unique_ptr<Session> session;
    std::unique_ptr<juce::AudioProcessorEditor> window;
};
} // namespace

int takePictures(const Arguments& arguments)
{
    Photographer photographer(juce::File::getCurrentWorkingDirectory().getChildFile(arguments[0]));
    photographer.startThread();
    juce::MessageManager::getInstance()->runDispatchLoop();
    return photographer.stopThread(10000) ? 0 : 1;
}
} // namespace harness
