// Requests and replies over one loopback UDP socket: ids, retries, deadlines. Worker thread only.
#pragma once

#include "Engine/LoopbackSocket.h"
#include "Wire/Osc.h"
#include "Wire/Protocol.h"

#include <functional>
#include <map>

namespace starling
{
/** Entries of a list reply by their index. */
using Items = std::map<int, osc::Message>;

/** One request and what to call with its answers; made and called on the worker thread. */
struct Request
{
    juce::String address; // protocol::Verb::address
    std::vector<osc::Value> values;
    std::function<void(const osc::Message& done, const Items& items)> done;
    std::function<void(const juce::String& code, const juce::String& sentence)> failed;
    std::function<void(float fraction, const juce::String& text)> progress;
    int countField = -1;        // where `done` has the number of items; -1: no list
    double timeoutMs = 30000.0; // without an answer
    // as they come, in any order, once each
    std::function<void(const osc::Message& item)> item = {};
};

/** The socket to one engine. Worker thread only. */
class EngineLink
{
  public:
    static constexpr const char* lost = "lost"; // the code of requests that ended with the link

    /** Forget everything and talk to this port of the loopback interface. */
    bool open(int port);

    /** From now on requests carry the session's secret, from the engine's answer to hello. */
    void joined(const juce::String& sessionSecret) { secret = sessionSecret; }

    /** Say goodbye, and end every request with the code lost. */
    void close();
    bool isOpen() const { return socket != nullptr; }

    /** Whether an answer is on its way. */
    bool isWaiting() const { return !pending.empty(); }

    /** Send a request; answers its id, by which it can be cancelled. */
    int send(Request request);
    void cancel(int id);

    /** Receive for up to `waitMs`, answer callers, repeat what got no answer. */
    void poll(int waitMs);

    /** Whether this engine has sent anything since open(). */
    bool hasReceived() const { return hasAnswered; }

    /** Milliseconds since the engine last sent anything. */
    double silenceMs() const { return juce::Time::getMillisecondCounterHiRes() - receivedAt; }

  private:
    struct Pending
    {
        Request request;
        juce::MemoryBlock datagram;
        double answeredAt = 0.0, repeatAt = 0.0; // answeredAt: when sent, or when last answered
        bool acknowledged = false;
        Items items;
    };

    juce::MemoryBlock encoded(int id, const juce::String& address,
                              const std::vector<osc::Value>& values) const;
    void transmit(const juce::MemoryBlock& datagram);
    void receive(const osc::Message& message);
    void receiveItem(Pending& entry, const osc::Message& message);
    void finish(int id, const osc::Message& done);
    void fail(int id, const juce::String& code, const juce::String& sentence);
    void repeatOverdue();

    std::unique_ptr<LoopbackSocket> socket;
    juce::String secret; // empty before the engine has let us in: then only hello is sent
    int nextId = 1 + juce::Random().nextInt(1 << 29); // not to be guessed by other programs
    double receivedAt = 0.0;
    bool hasAnswered = false;
    std::map<int, Pending> pending;
};
} // namespace starling
