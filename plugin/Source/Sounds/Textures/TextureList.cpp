#include "Sounds/Textures/TextureList.h"

namespace starling
{
namespace
{
constexpr double againMs = 5000.0; // as EngineClient's for models
}

void TextureList::tick(bool connected)
{
    if (!connected || isRequesting || juce::Time::getMillisecondCounterHiRes() < requestAt)
        return;

    isRequesting = true;
    requestAt = juce::Time::getMillisecondCounterHiRes() + againMs;
    Request request;
    request.address = protocol::Textures::address;
    request.countField = protocol::Textures::returns::count;
    request.done = [this](const auto&, const Items& items) { learn(items); };
    request.failed = [this](const auto&, const auto&) { isRequesting = false; }; // an older engine
    link.send(std::move(request));
}

void TextureList::learn(const Items& items)
{
    namespace field = protocol::Textures::items;
    std::vector<ModelSpec> list;

    for (const auto& [index, item] : items)
        list.push_back({item.text(field::model), item.text(field::title), item.text(field::weights),
                        item.text(field::controls), true});

    isRequesting = false;

    if (std::exchange(known, true) && list == last)
        return;

    last = list;
    table.merge(list);

    if (const auto model = table.at(parameters.textureModel()))
        setTextureDefaults(parameters, *model);
}

void TextureList::forgetRequests()
{
    known = isRequesting = false;
    requestAt = 0.0;
    table.engineGone();
}
} // namespace starling
