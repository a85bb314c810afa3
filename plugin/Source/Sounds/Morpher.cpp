#include "Sounds/Morpher.h"

namespace starling
{
void Morpher::move(MorphPoint point, bool last)
{
    palette.change([&](auto& contents) { contents.morph = point; });
    hasMoved = true;
    isLast = last;
}

void Morpher::choose(bool first, const SoundPointer& sound)
{
    if (sound == nullptr || !isOfModel(*sound))
    {
        shown = {"Only a model's sounds can be morphed.", true};
        return;
    }
    palette.change([&](auto& contents) { (first ? contents.first : contents.second) = sound; });
    desk.onKept(sound); // the project will hold it
    shown = {};
}

void Morpher::tick(bool connected)
{
    if (!hasMoved || running != 0)
        return;

    hasMoved = false;

    if (connected)
        ask();
    else
        shown = {"This needs the engine, and it is not connected.", true};
}

void Morpher::ask()
{
    const auto contents = palette.contents();

    if (contents.first == nullptr || contents.second == nullptr)
    {
        shown = {"Choose the two sounds first.", true};
        return;
    }
    Request request;
    request.address = protocol::Morph::address;
    request.values = {contents.first->info.recipe, contents.second->info.recipe, contents.morph.x,
                      contents.morph.y};
    request.done = [this, era = desk.era()](const auto& done, const auto&)
    {
        running = 0;
        arrived(soundFrom(done), era);
    };
    request.failed = [this](const auto&, const auto& sentence)
    {
        running = 0;
        shown = {sentence, true};
    };
    running = link.send(std::move(request));
}

void Morpher::arrived(const SoundPointer& sound, int era)
{
    if (sound == nullptr)
    {
        shown = {"The morphed sound cannot be read.", true};
        return;
    }
    shown = {};

    if (desk.drag(sound, era) && isLast && !hasMoved)
        desk.listen(sound);
}
} // namespace starling
