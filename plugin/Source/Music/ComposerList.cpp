#include "Music/ComposerList.h"

namespace starling
{
namespace
{
constexpr double againMs = 5000.0; // as EngineClient's for models
}

void ComposerList::tick(bool connected)
{
    namespace field = protocol::Composers::items;

    if (!connected || isRequesting || juce::Time::getMillisecondCounterHiRes() < requestAt)
        return;

    isRequesting = true;
    requestAt = juce::Time::getMillisecondCounterHiRes() + againMs;
    Request request;
    request.address = protocol::Composers::address;
    request.countField = protocol::Composers::returns::count;
    request.done = [this](const auto&, const Items& items)
    {
        isRequesting = false;
        known = true;
        last.clear();

        for (const auto& [index, item] : items)
            last.push_back({item.text(field::model), item.text(field::title),
                            item.text(field::weights), item.text(field::controls), true});
    };
    request.failed = [this](const auto&, const auto&) { isRequesting = false; }; // an older engine
    link.send(std::move(request));
}

void ComposerList::forgetRequests()
{
    known = isRequesting = false;
    requestAt = 0.0;
}
} // namespace starling
