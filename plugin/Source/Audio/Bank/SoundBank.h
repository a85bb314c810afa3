// Sounds on their way to the audio thread and back. The audio thread never allocates or frees.
//
//   incoming   written by publish() (any thread but audio's, one at a time), read by takeIn()
//              at the start of a block
//   outgoing   written by the audio thread when the last voice or slot lets go of a delivery,
//              read by collect(), which deletes it
//
// A delivery is made and deleted outside the audio thread; `users` belongs to the audio thread.
#pragma once

#include "Audio/Bank/Sound.h"
#include "Audio/Bank/SoundKey.h"

#include <deque>
#include <map>
#include <optional>
#include <vector>

namespace starling
{
/** Where a sound goes. */
enum class Place
{
    current,  // Play mode's sound
    key,      // one key and step of Fresh mode
    preview,  // played once, as soon as it is there
    zone,     // one note of the preset on the keys
    temporary // plays instead of all the others, for a while
};

/** What a delivery does to its place. */
enum class Command
{
    put,       // the place holds this sound
    refuse,    // the engine could not make this sound
    retryAll,  // no place is refused any more
    clearAll,  // no place holds anything any more
    clearPlace // one place holds nothing any more; with the current sound go its zones
};

/** One command, mostly a sound, handed to the audio thread. Made and deleted by any other thread;
    the audio thread alone counts `users` and reads the rest. */
struct Delivery
{
    Command command = Command::put;
    Place place = Place::current;
    SoundKey soundKey{};
    SoundPointer sound{};
    int preset = 0; // number of the preset whose middle zone the current sound is; 0: a model's
    int users = 0;
};

/** A preset that the keys play; a plain value, any thread. Its sounds are `zones`: the current
   sound, rendered at the root note, and others up and down from there, so that no key shifts one by
   more than 2 semitones. */
struct PresetOnKeys
{
    static constexpr int zoneStep = 4; // semitones

    int number = 0; // of this bank, rises; 0: none
    int id = 0;     // in the engine's library, as long as its scan numbered it
    juce::String name, synth;

    /** The note of the zone that a note belongs to, when the middle one is at `root`. */
    static int zoneOf(int note, int root) noexcept
    {
        const auto steps = std::floor(static_cast<float>(note - root + zoneStep / 2) / zoneStep);
        return juce::jlimit(0, 127, root + zoneStep * static_cast<int>(steps));
    }
};

/** What a place holds now, for saving and showing. */
struct HeldSound
{
    SoundKey soundKey;
    SoundPointer sound;
};

/** The sounds that the plugin holds, each at its place. Which thread may call what stands above the
    calls. */
class SoundBank
{
  public:
    static constexpr int keys = 128;
    static constexpr int steps = 8;

    SoundBank();
    ~SoundBank();

    // -- any thread but audio's ----------------------------------------------------------------
    /** A null sound means that the engine could not make it. With `since`, the era of its request,
        nothing happens where another project has been loaded meanwhile; answers whether it was
        published. */
    bool publish(Place place, const SoundKey& soundKey, SoundPointer sound,
                 std::optional<int> since = {});

    /** Put a preset on the keys by its middle zone; answers its number, or 0 where another project
        has been loaded `since`. The zones of the one before it are gone. */
    int publishPreset(PresetOnKeys preset, const SoundKey& soundKey, SoundPointer middle,
                      std::optional<int> since = {});

    /** Take the preset, or the temporary sound, off the keys. */
    void clearPlace(Place place);

    /** Every place is empty from now on; notes that sound play to their end. */
    void clear();

    /** Forget what the engine could not make. */
    void retryRefused();

    /** Delete what the audio thread let go of; answers the ids that nothing here holds any more. */
    std::vector<juce::String> collect();

    HeldSound current() const;
    HeldSound temporarySound() const;

    /** What plays on the keys; number 0 when it is a model's sound. */
    PresetOnKeys preset() const;

    /** What was published last for a key and step, or for Play mode by SoundKey::everyKey. */
    HeldSound publishedFor(int key, int step) const;
    bool hasPublished(const SoundKey& soundKey) const;
    bool hasRefused(const SoundKey& soundKey) const;
    std::vector<HeldSound> held() const; // current first, then keys, then zones, in order

    /** Rises with every change of what is held. */
    int serial() const noexcept { return changes.load(); }

    /** As serial(), without the temporary sound, which no project holds. */
    int savedSerial() const noexcept { return savedChanges.load(); }

    /** Rises with every clear() and endLoad(): a sound requested before belongs to another project,
        or was requested while one was being loaded, which brings its own. */
    int era() const noexcept { return eras.load(); }

    /** A project's own sounds are published between these; no reply to a request is. */
    void beginLoad();
    void endLoad();

    // -- the audio thread ----------------------------------------------------------------------
    /** Move arrived sounds into their places; answers a preview to play, or null. */
    Delivery* takeIn() noexcept;

    /** What the place of this key holds, that very sound or another; null when empty. */
    Delivery* at(const SoundKey& soundKey) const noexcept { return placeOf(soundKey).delivery; }

    /** The zone nearest to a note, of the preset that the current sound belongs to. */
    Delivery* zoneNear(int note) const noexcept;

    bool holds(const SoundKey& soundKey) const noexcept
    {
        const auto* delivery = at(soundKey);
        return delivery != nullptr && delivery->soundKey == soundKey;
    }

    /** True when the engine answered that it cannot make this sound. */
    bool failed(const SoundKey& soundKey) const noexcept
    {
        const auto& place = placeOf(soundKey);
        return place.hasFailed && place.failed == soundKey;
    }

    void retain(Delivery& delivery) noexcept { ++delivery.users; }
    void release(Delivery& delivery) noexcept;

  private:
    struct Slot
    {
        Delivery* delivery = nullptr;
        SoundKey failed;
        bool hasFailed = false;
    };

    // Deliveries outside the worker's hands stay below this, so neither ring can overflow.
    static constexpr int capacity = 4096;

    static constexpr size_t firstZone = 1 + keys * steps, temporarySlot = firstZone + keys;

    static size_t slotIndex(const SoundKey& soundKey) noexcept
    {
        if (soundKey.preset != 0)
            return soundKey.key < 0 ? temporarySlot : firstZone + static_cast<size_t>(soundKey.key);

        return soundKey.key < 0 ? 0 : static_cast<size_t>(1 + soundKey.key * steps + soundKey.step);
    }

    const Slot& placeOf(const SoundKey& soundKey) const noexcept
    {
        return slots[slotIndex(soundKey)];
    }
    bool isOvertaken(std::optional<int> since) const
    {
        return since && (isLoading || *since != eras.load());
    }
    void handOver(Delivery delivery);
    void receive(Delivery& delivery) noexcept;
    void put(Delivery& delivery) noexcept;
    void empty(size_t index) noexcept;
    void emptyZones() noexcept;
    void hold(const SoundKey& soundKey, SoundPointer sound, int preset);
    void forgetZones();
    void noteChange(size_t index);
    void sendBacklog();

    std::vector<Slot> slots; // audio thread
    // Written under the mutex by any thread but audio's, read by takeIn() at the start of a block.
    juce::AbstractFifo incomingFifo{capacity};
    std::vector<Delivery*> incoming;

    // Written by the audio thread when nothing uses a delivery any more, read by collect().
    juce::AbstractFifo outgoingFifo{capacity};
    std::vector<Delivery*> outgoing;

    mutable std::mutex mutex; // everything below; never taken by the audio thread
    std::vector<std::unique_ptr<Delivery>> alive;
    std::deque<Delivery*> backlog;
    std::map<size_t, HeldSound> latest;
    std::map<size_t, SoundKey> refused;
    PresetOnKeys onKeys;
    int presets = 0; // ever put on the keys
    bool isLoading = false;
    std::atomic<int> changes{0}, savedChanges{0}, eras{0};
};
} // namespace starling
