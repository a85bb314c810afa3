// Pictures of the window, drawn without a screen: what a first scan, a search, a preset on the
// keys, a match, variations, a morph, a texture, the NES chip and music for it look like.
#include "harness/window.h"

namespace harness
{
namespace
{
class Photographer
{
  public:
    Photographer(Window& newWindow, const juce::File& folderForPictures)
        : window(newWindow), session(newWindow.session()), folder(folderForPictures)
    {
    }

    void alone()
    {
        take("alone", 1140, 720);
        take("alone_small", 960, 620);

        for (const auto* tab : {"Match", "Sounds", "Textures", "Compose"})
        {
            press(tab);
            take(("alone_" + juce::String(tab).toLowerCase()).toRawUTF8(), 1140, 720);
        }
    }

    /** An empty library, a scan of it until the time left is known, and its end. */
    void scan()
    {
        const auto view = [this] { return window.plugin().engine.view(); };
        session.host.waitUntil([&] { return view().search.isLibraryEmpty; }, 30.0);
        take("library_empty", 1140, 720);
        take("library_empty_small", 960, 620);
        session.post([](auto& engine) { engine.scan.start(); });
        take("scan_begins", 1140, 720);
        session.host.waitUntil([&] { return view().scan.timeLeft.isNotEmpty(); }, 120.0);
        take("scanning", 1140, 720);
        take("scanning_small", 960, 620);
        session.post([](auto& engine) { engine.scan.cancel(); });
        take("scan_cancelled", 1140, 720);
        take("scan_cancelled_small", 960, 620);
    }

    void presets()
    {
        auto& plugin = window.plugin();
        take("empty", 1140, 720);
        const auto tone = folder.getChildFile("bell.wav");
        writeTone(tone, 196.0);
        const auto found = session.ask([&](auto& search) { search.byFile(tone, {}); });
        session.ask([&](auto& search) { search.favourite(found.hits.at(1), true); });
        session.ask([&](auto& search)
                    { search.use(found.hits.at(0), 60, plugin.parameters.soundKey()); });
        session.host.process(noteOn(64));
        take("find", 1140, 720);
        take("find_small", 960, 620);
        press("Aspects");
        session.ask([&](auto& search) { search.mark(starling::FilePart(0.2f, 0.7f), {}); });
        take("aspects", 1140, 720);
        take("aspects_small", 960, 620);
        take("aspects_large", 1500, 1000);
        press("Aspects", false);
        session.ask([](auto& search) { search.byWords("warm bass"); });
        take("find_words", 1140, 720);
        session.ask([&](auto& search) { search.byFile(tone, {}); });
    }

    void match()
    {
        press("Match");
        take("match", 1140, 720);
        session.post([](auto& engine) { engine.match("starling", 300); });
        session.host.waitUntil(
            [this] { return session.host.plugin.bank.temporarySound().sound != nullptr; }, 60.0);
        take("matching", 1140, 720);
        session.host.waitUntil([this] { return !session.match().isRunning; }, 120.0);
        take("matched", 1140, 720);
        take("matched_small", 960, 620);
    }

    void sounds()
    {
        window.plugin().bank.clearPlace(starling::Place::temporary);
        window.plugin().bank.clearPlace(starling::Place::current);
        press("Sounds");
        take("sounds_empty", 1140, 720);
        session.post([](auto& engine) { engine.variations.vary(0.5f); });
        const auto view = [this] { return session.host.plugin.engine.view().variations; };
        session.host.waitUntil([&] { return !view().isBusy && view().sounds.size() == 16; }, 60.0);
        const auto made = view().sounds;

        for (const int index : {2, 7, 11})
            session.post([&](auto& engine) { engine.desk.keep(made.at(index), true); });

        for (const int index : {4, 9, 6})
        {
            session.post([&](auto& engine) { engine.desk.use(made.at(index)); });
            session.rest(0.6);
        }
        take("variations", 1140, 720);
        take("variations_small", 960, 620);
        session.post([&](auto& engine) { engine.morpher.choose(true, made.at(2)); });
        session.post([&](auto& engine) { engine.morpher.choose(false, made.at(9)); });
        session.post([](auto& engine) { engine.morpher.move({0.6f, 0.4f}, true); });
        press("Morph");
        take("morph", 1140, 720);
        take("morph_small", 960, 620);
        press("Kept");
        take("kept", 1140, 720);
        press("History");
        press("Lock the seed");
        take("history", 1140, 720);
    }

    void textures()
    {
        press("Textures");
        take("textures_idle", 1140, 720);
        const auto tone = folder.getChildFile("bell.wav");
        writeTone(tone, 196.0);
        session.post([&](auto& engine) { engine.textures.prime(tone); });
        session.host.set("texture", 1.0f);
        session.host.process(noteOn(60));
        session.rest(2.0);
        take("textures", 1140, 720);
        take("textures_small", 960, 620);
        session.post([](auto& engine) { engine.textures.freeze(); });
        session.rest(1.0);
        take("textures_frozen", 1140, 720);
        session.host.process(noteOff(60));
        session.host.set("texture", 0.0f);
    }

    /** Two keys of the chip, split between its voices, and a song of one long note. */
    void chip()
    {
        auto song = std::make_shared<starling::ChipSong>();
        song->events = {{0.0, starling::chip::tr, 45, 100}, {16.0, starling::chip::tr, 45, 0}};
        song->beats = 16.0;
        song->name = "castle.mid";
        window.plugin().player.chips.song.choose(song);
        session.host.set("chip", 1.0f);
        session.host.set("chipvoices", 1.0f);
        session.host.set("p1duty", 1.0f);
        press("Chip");
        session.host.process(noteOn(76));
        session.host.process(noteOn(64));
        take("chip", 1140, 720);
        take("chip_small", 960, 620);
        session.host.process(noteOff(76));
        session.host.process(noteOff(64));
        session.host.set("chip", 0.0f);
    }

    /** A phrase, and where the engine has a composer what it makes of it. */
    void compose()
    {
        auto& plugin = window.plugin();
        press("Compose"); // the tab: it stands before the button
        const auto view = [&plugin] { return plugin.engine.view().compose; };
        session.host.waitUntil([&] { return view().isListKnown; }, 20.0);
        take("compose_empty", 1140, 720);
        take("compose_empty_small", 960, 620);
        session.host.set("record", 1.0f);

        for (const auto key : {64, 67, 71, 69, 67, 64, 62, 67})
        {
            session.host.process(noteOn(key, 100));
            session.rest(0.22);
            session.host.process(noteOff(key));
            session.rest(0.03);
        }
        take("compose_recording", 1140, 720);
        session.host.set("record", 0.0f);
        session.host.waitUntil([&] { return view().contents.prompt.isThere(); }, 5.0);

        if (view().composers.empty())
            return;

        session.post([](auto& engine) { engine.composer.compose(); });
        take("composing", 1140, 720);
        session.host.waitUntil([&] { return !view().isRunning; }, 120.0);
        plugin.isListening = true;
        session.rest(6.0);
        take("compose", 1140, 720);
        take("compose_small", 960, 620);
        plugin.isListening = false;
    }

  private:
    void press(const char* name, bool down = true)
    {
        window.onMessageThread(
            [&] { window.button(name)->setToggleState(down, juce::sendNotificationSync); });
    }

    void take(const char* name, int width, int height)
    {
        window.onMessageThread([&] { window.editor().setSize(width, height); });
        window.settle();
        const auto file = folder.getChildFile(juce::String(name) + ".png");
        file.deleteFile();
        window.onMessageThread(
            [&]
            {
                auto& editor = window.editor();
                juce::FileOutputStream out(file);
                juce::PNGImageFormat().writeImageToStream(
                    editor.createComponentSnapshot(editor.getLocalBounds()), out);
            });
        std::printf("%s\n", file.getFullPathName().toRawUTF8());
    }

    Window& window;
    Session& session;
    const juce::File folder;
};
} // namespace

int takePictures(const Arguments& arguments)
{
    const auto folder = juce::File::getCurrentWorkingDirectory().getChildFile(arguments[0]);

    if (arguments[1] == "alone")
        return withLonelyWindow([&](Window& window) { Photographer(window, folder).alone(); });

    return withWindow(
        [&](Window& window)
        {
            Photographer photographer(window, folder);

            if (arguments[1] == "scan")
                return photographer.scan();

            if (arguments[1] == "presets")
                return photographer.presets();

            if (arguments[1] == "textures")
                return photographer.textures();

            if (arguments[1] == "chip")
                return photographer.chip();

            if (arguments[1] == "compose")
                return photographer.compose();

            if (arguments[1] != "sounds") // needs a library of presets
            {
                photographer.presets();
                photographer.match();
            }
            photographer.sounds();
            photographer.textures();
            photographer.chip();
            photographer.compose();
        });
}
} // namespace harness
