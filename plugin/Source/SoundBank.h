// Sounds on their way to the audio thread and back. The audio thread never allocates or frees.
//
//   incoming   written by publish() (any thread but audio's, one at a time), read by takeIn()
//              at the start of a block
//   outgoing   written by the audio thread when the last voice or slot lets go of a delivery,
//              read by collect(), which deletes it
//
// A delivery is made and deleted outside the audio thread; `users` belongs to the audio thread.
#pragma once

#include "Sound.h"
#include "Wanted.h"

#include <deque>
#include <map>
#include <vector>

namespace starling
{
enum class Place
{
    current, // Play mode's sound
    key,     // one key and step of Fresh mode
    preview  // played once, as soon as it is there
};

enum class News
{
    sound,
    refusal, // the engine could not make this sound
    amnesty, // no place is refused any more
    clearing // no place holds anything any more
};

/** One sound, or another piece of news, handed to the audio thread. */
struct Delivery
{
    News news = News::sound;
    Place place = Place::current;
    Wanted wanted;
    SoundPointer sound;
    int users = 0;
};

/** What a place holds now, for saving and showing. */
struct HeldSound
{
    Wanted wanted;
    SoundPointer sound;
};

class SoundBank
{
  public:
    static constexpr int keys = 128;
    static constexpr int steps = 8;

    SoundBank();
    ~SoundBank();

    // -- any thread but audio's ----------------------------------------------------------------
    /** A null sound says that the engine could not make it. */
    void publish(Place place, const Wanted& wanted, SoundPointer sound);

    /** Every place is empty from now on; what sounds goes on sounding. */
    void clear();

    /** Forget what the engine could not make. */
    void retryRefused();

    /** Delete what the audio thread let go of; answers the ids that nothing here holds any more. */
    std::vector<juce::String> collect();

    HeldSound current() const;

    /** What was published last for a key and step, or for Play mode by Wanted::everyKey. */
    HeldSound publishedFor(int key, int step) const;
    bool hasPublished(const Wanted& wanted) const;
    bool hasRefused(const Wanted& wanted) const;
    std::vector<HeldSound> held() const; // current first, then keys in order

    /** Rises with every change of what is held. */
    int serial() const noexcept { return changes.load(); }

    /** Rises with every clear(): a sound asked for before it belongs to another project. */
    int era() const noexcept { return clears.load(); }

    // -- the audio thread ----------------------------------------------------------------------
    /** Move arrived sounds into their places; answers a preview to play, or null. */
    Delivery* takeIn() noexcept;

    /** What the place of this wish holds, exact or not; null when empty. */
    Delivery* at(const Wanted& wanted) const noexcept { return placeOf(wanted).delivery; }

    bool holds(const Wanted& wanted) const noexcept
    {
        const auto* delivery = at(wanted);
        return delivery != nullptr && delivery->wanted == wanted;
    }

    /** True when the engine said that it cannot make this sound. */
    bool failed(const Wanted& wanted) const noexcept
    {
        const auto& place = placeOf(wanted);
        return place.hasFailed && place.failed == wanted;
    }

    void retain(Delivery& delivery) noexcept { ++delivery.users; }
    void release(Delivery& delivery) noexcept;

  private:
    struct Slot
    {
        Delivery* delivery = nullptr;
        Wanted failed;
        bool hasFailed = false;
    };

    // Deliveries outside the worker's hands stay below this, so neither ring can overflow.
    static constexpr int capacity = 4096;

    static size_t slotIndex(const Wanted& wanted) noexcept
    {
        return wanted.key < 0 ? 0 : static_cast<size_t>(1 + wanted.key * steps + wanted.step);
    }

    const Slot& placeOf(const Wanted& wanted) const noexcept { return slots[slotIndex(wanted)]; }
    void handOver(Delivery news);
    void receive(Delivery& delivery) noexcept;
    void put(Delivery& delivery) noexcept;
    void sendBacklog();

    std::vector<Slot> slots; // audio thread
    juce::AbstractFifo incomingFifo{capacity}, outgoingFifo{capacity};
    std::vector<Delivery*> incoming, outgoing;

    mutable std::mutex mutex; // everything below; never taken by the audio thread
    std::vector<std::unique_ptr<Delivery>> alive;
    std::deque<Delivery*> backlog;
    std::map<size_t, HeldSound> latest;
    std::map<size_t, Wanted> refused;
    std::atomic<int> changes{0}, clears{0};
};
} // namespace starling
