#include "Sounds/Variations.h"

namespace starling
{
namespace
{
constexpr double patienceMs = 305000.0; // the engine gives up after 300 s, at long textures
}

void Variations::vary(float amount)
{
    const auto sound = bank.current().sound;

    if (sound == nullptr || !isOfModel(*sound))
        return end("Only a model's sound has variations: go back to the model first.", true);

    if (!link.isOpen())
        return end("This needs the engine, and it is not connected.", true);

    const auto seed = juce::Random::getSystemRandom().nextInt(std::numeric_limits<int>::max());
    palette.change([&](auto& contents) { contents.grid = {sound->info.recipe, amount, seed}; });
}

void Variations::tick(bool connected)
{
    const auto origin = palette.contents().grid;

    if (origin != requested)
    {
        if (running != 0)
            link.cancel(std::exchange(running, 0));

        requested = {};
        shown = {};
    }

    if (connected && origin != requested && origin.recipe.isNotEmpty())
        ask(origin);
}

void Variations::ask(const Neighbourhood& next)
{
    requested = next;
    shown.sounds.assign(count, nullptr);
    shown.isBusy = true;
    Request request;
    request.address = protocol::Vary::address;
    request.values = {next.recipe, next.amount, count, next.seed};
    request.countField = protocol::Vary::returns::count;
    request.timeoutMs = patienceMs;
    request.item = [this](const auto& item)
    { received(item.integer(protocol::item::index), item); };
    request.done = [this](const auto&, const auto&) { end({}, false); };
    request.failed = [this](const auto& code, const auto& sentence)
    {
        if (code == EngineLink::lost)
            requested = {};

        end(sentence, true);
    };
    running = link.send(std::move(request));
}

void Variations::received(int index, const osc::Message& item)
{
    if (index < 0 || index >= static_cast<int>(shown.sounds.size()))
        return;

    shown.sounds[static_cast<size_t>(index)] = soundFrom(item);
    const auto id = item.text(protocol::Vary::items::sound);
    const auto now = bank.current().sound;

    if (now == nullptr || now->info.id != id) // it is in memory: the engine need not hold it
        link.send({protocol::Release::address, {id}, {}, {}, {}, -1, 5000.0});
}

void Variations::end(const juce::String& sentence, bool isError)
{
    running = 0;
    shown.isBusy = false;
    shown.isError = isError;
    shown.message = sentence;
}
} // namespace starling
