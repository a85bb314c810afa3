// A model that was trained while the plugin runs: listed without a restart, and played.
#include "harness/texture_session.h"

namespace harness
{
namespace
{
constexpr double trainingSeconds = 240.0; // of a few steps, on a machine that has other work

void listen()
{
    std::printf("listening\n");
    std::fflush(stdout);
}
} // namespace

int checkNewModel(const Arguments&)
{
    Checks check;
    Session session;
    check.that(session.connect(), "the engine is found");
    auto& host = session.host;
    auto& plugin = host.plugin;
    const auto known = plugin.models.list().size();
    listen();
    const auto listed =
        host.waitUntil([&] { return plugin.models.list().size() > known; }, Session::patience);
    check.that(listed, "a new model is listed without a restart");
    if (!listed)
        return check.exitCode();
    const auto index = static_cast<int>(known);
    const auto name = plugin.models.at(index)->name;
    host.set("model", static_cast<float>(index));
    const auto plays = [&]
    {
        const auto sound = plugin.bank.current().sound;
        return sound != nullptr &&
               juce::JSON::parse(sound->info.recipe)["model"] == juce::var(name);
    };
    check.that(host.waitUntil(plays, Session::patience), "and makes its sound");
    session.rest(0.1);
    host.process(noteOn(60));
    check.that(plugin.player.display.voices == 1, "which a note plays");
    return check.exitCode();
}

int checkNewTexture(const Arguments&)
{
    Checks check;
    Textures textures;
    check.that(textures.connect(), "the engine is found");
    auto& plugin = textures.plugin();
    const auto known = plugin.textures.list().size();
    listen();
    const auto listed = textures.session.host.waitUntil(
        [&] { return plugin.textures.list().size() > known; }, trainingSeconds);
    check.that(listed, "a new texture is listed without a restart");
    if (!listed)
        return check.exitCode();
    textures.session.host.set("texturemodel", static_cast<float>(known));
    const auto waited = textures.press(60);
    std::printf("     %s, %.0f ms\n", plugin.textures.at(static_cast<int>(known))->name.toRawUTF8(),
                waited);
    check.that(waited >= 0.0, "and plays from a key");
    textures.session.rest(1.0);
    check.that(textures.isLoud() && !textures.view().isError, "for as long as it is held");
    check.that(textures.lift(60), "until the key is lifted");
    return check.exitCode();
}
} // namespace harness
