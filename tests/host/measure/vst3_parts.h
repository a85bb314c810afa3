// The host's side of VST3, as little of it as a plugin needs to play. None of it allocates while a
// block is processed.
#pragma once

#include <juce_core/juce_core.h>

#include <pluginterfaces/base/ibstream.h>
#include <pluginterfaces/vst/ivstaudioprocessor.h>
#include <pluginterfaces/vst/ivstevents.h>
#include <pluginterfaces/vst/ivsthostapplication.h>
#include <pluginterfaces/vst/ivstparameterchanges.h>

#include <array>

namespace harness::vst3
{
using namespace Steinberg;
using namespace Steinberg::Vst;

/** An object of the host's that lives as long as the host and is nothing but one interface. */
template <typename Interface>
class Plain : public Interface
{
  public:
    tresult PLUGIN_API queryInterface(const TUID id, void** object) override
    {
        const auto known = FUnknownPrivate::iidEqual(id, Interface::iid) ||
                           FUnknownPrivate::iidEqual(id, FUnknown::iid);
        *object = known ? this : nullptr;
        return known ? kResultOk : kNoInterface;
    }

    uint32 PLUGIN_API addRef() override { return 1; }
    uint32 PLUGIN_API release() override { return 1; }
};

/** Names the host. Any thread. */
class Context final : public Plain<IHostApplication>
{
  public:
    tresult PLUGIN_API getName(String128 name) override
    {
        const char16 text[] = u"harness";
        std::copy(std::begin(text), std::end(text), name);
        return kResultOk;
    }

    tresult PLUGIN_API createInstance(TUID, TUID, void** object) override
    {
        *object = nullptr;
        return kNotImplemented;
    }
};

/** The notes of a block. Audio thread. */
class Notes final : public Plain<IEventList>
{
  public:
    int32 PLUGIN_API getEventCount() override { return count; }

    tresult PLUGIN_API getEvent(int32 index, Event& event) override
    {
        if (index < 0 || index >= count)
            return kInvalidArgument;

        event = events[static_cast<size_t>(index)];
        return kResultOk;
    }

    tresult PLUGIN_API addEvent(Event& event) override
    {
        if (count == static_cast<int32>(events.size()))
            return kOutOfMemory;

        events[static_cast<size_t>(count++)] = event;
        return kResultOk;
    }

    void clear() { count = 0; }

  private:
    std::array<Event, 256> events{};
    int32 count = 0;
};

/** One parameter's value in a block. Audio thread. */
class Point final : public Plain<IParamValueQueue>
{
  public:
    ParamID PLUGIN_API getParameterId() override { return id; }
    int32 PLUGIN_API getPointCount() override { return 1; }

    tresult PLUGIN_API getPoint(int32, int32& offset, ParamValue& now) override
    {
        offset = 0;
        now = value;
        return kResultOk;
    }

    tresult PLUGIN_API addPoint(int32, ParamValue now, int32& index) override
    {
        value = now;
        index = 0;
        return kResultOk;
    }

    ParamID id = 0;
    ParamValue value = 0.0;
};

/** The automation of a block, into the plugin or out of it. Audio thread. */
class Automation final : public Plain<IParameterChanges>
{
  public:
    int32 PLUGIN_API getParameterCount() override { return count; }

    IParamValueQueue* PLUGIN_API getParameterData(int32 index) override
    {
        return index >= 0 && index < count ? &points[static_cast<size_t>(index)] : nullptr;
    }

    IParamValueQueue* PLUGIN_API addParameterData(const ParamID& id, int32& index) override
    {
        if (count == static_cast<int32>(points.size()))
            return nullptr;

        index = count++;
        points[static_cast<size_t>(index)].id = id;
        return &points[static_cast<size_t>(index)];
    }

    void add(ParamID id, ParamValue value)
    {
        int32 index = 0;

        if (auto* queue = addParameterData(id, index))
            queue->addPoint(0, value, index);
    }

    void clear() { count = 0; }

  private:
    std::array<Point, 64> points;
    int32 count = 0;
};

/** A project's chunk in memory. The thread that saves or loads. */
class Stream final : public Plain<IBStream>
{
  public:
    tresult PLUGIN_API read(void* target, int32 size, int32* done) override
    {
        const auto left = static_cast<int64>(bytes.getSize()) - at;
        const auto count = juce::jlimit<int64>(0, left, size);
        std::memcpy(target, static_cast<const char*>(bytes.getData()) + at,
                    static_cast<size_t>(count));
        return moved(count, done);
    }

    tresult PLUGIN_API write(void* source, int32 size, int32* done) override
    {
        bytes.ensureSize(static_cast<size_t>(at + size));
        bytes.copyFrom(source, static_cast<int>(at), static_cast<size_t>(size));
        return moved(size, done);
    }

    tresult PLUGIN_API seek(int64 to, int32 from, int64* now) override
    {
        const auto end = static_cast<int64>(bytes.getSize());
        at = juce::jlimit<int64>(0, end,
                                 to + (from == kIBSeekCur   ? at
                                       : from == kIBSeekEnd ? end
                                                            : 0));
        return now == nullptr ? kResultOk : tell(now);
    }

    tresult PLUGIN_API tell(int64* now) override
    {
        *now = at;
        return kResultOk;
    }

    juce::MemoryBlock bytes;

  private:
    tresult moved(int64 count, int32* done)
    {
        at += count;

        if (done != nullptr)
            *done = static_cast<int32>(count);

        return kResultOk;
    }

    int64 at = 0;
};
} // namespace harness::vst3
