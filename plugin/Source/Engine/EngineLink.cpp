#include "Engine/EngineLink.h"

namespace starling
{
namespace
{
constexpr double retryMs = 500.0;         // no answer: the datagram may be lost
constexpr double acknowledgedMs = 2000.0; // the engine works on it; only its last word may be lost

double now()
{
    return juce::Time::getMillisecondCounterHiRes();
}
} // namespace

bool EngineLink::open(int port)
{
    close();
    socket = LoopbackSocket::to(port);
    receivedAt = now();
    hasAnswered = false;
    return socket != nullptr;
}

void EngineLink::close()
{
    if (secret.isNotEmpty()) // whoever gets our port is not to be taken for us
        transmit(encoded(nextId++, protocol::Bye::address, {}));

    secret.clear();
    socket = nullptr;
    const auto unanswered = std::move(pending);
    pending.clear();

    for (const auto& [id, each] : unanswered)
        if (each.request.failed)
            each.request.failed(lost, "The engine went away.");
}

int EngineLink::send(Request request)
{
    const auto id = nextId++;
    Pending entry;
    entry.datagram = encoded(id, request.address, request.values);
    entry.request = std::move(request);
    entry.answeredAt = now();
    entry.repeatAt = entry.answeredAt + retryMs;
    transmit(entry.datagram);
    pending.emplace(id, std::move(entry));
    return id;
}

void EngineLink::cancel(int id)
{
    if (pending.erase(id) > 0 && socket != nullptr)
        send({protocol::Cancel::address, {id}, {}, {}, {}, -1, 5000.0});
}

juce::MemoryBlock EngineLink::encoded(int id, const juce::String& address,
                                      const std::vector<osc::Value>& values) const
{
    osc::Message message{address, {}};

    if (secret.isNotEmpty())
        message.values.push_back(secret);

    message.values.push_back(id);
    message.values.insert(message.values.end(), values.begin(), values.end());
    return osc::encode(message);
}

void EngineLink::transmit(const juce::MemoryBlock& datagram)
{
    if (socket != nullptr)
        socket->send(datagram.getData(), static_cast<int>(datagram.getSize()));
}

void EngineLink::poll(int waitMs)
{
    char buffer[65536]; // more than any datagram, so that none is cut short

    for (int wait = waitMs; socket != nullptr && socket->wait(wait); wait = 0)
    {
        const auto size = socket->receive(buffer, static_cast<int>(sizeof(buffer)));

        if (size < 0)
            break;

        if (size == 0)
            continue;

        receivedAt = now();
        hasAnswered = true;

        if (const auto message = osc::decode(buffer, size))
            receive(*message);
    }
    repeatOverdue();
}

void EngineLink::receive(const osc::Message& message)
{
    const auto verb = message.address.fromFirstOccurrenceOf(protocol::prefix, false, false);
    const auto found = pending.find(message.integer(protocol::done::req));

    if (found == pending.end())
        return; // an answer to something cancelled, or a repetition

    auto& entry = found->second;
    entry.acknowledged = true;
    entry.answeredAt = now();
    entry.repeatAt = entry.answeredAt + acknowledgedMs;

    if (verb == "item")
        receiveItem(entry, message);
    else if (verb == "done")
        finish(found->first, message);
    else if (verb == "fail")
        fail(found->first, message.text(protocol::fail::code),
             message.text(protocol::fail::sentence));
    else if (verb == "progress" && entry.request.progress)
        entry.request.progress(message.number(protocol::progress::fraction),
                               message.text(protocol::progress::text));
}

void EngineLink::receiveItem(Pending& entry, const osc::Message& message)
{
    const auto isNew = entry.items.emplace(message.integer(protocol::item::index), message).second;

    if (isNew && entry.request.item)
        entry.request.item(message);
}

void EngineLink::finish(int id, const osc::Message& done)
{
    auto& entry = pending.at(id);
    const auto count = entry.request.countField;

    if (count >= 0 && static_cast<int>(entry.items.size()) < done.integer(count))
    {
        entry.repeatAt = now() + retryMs; // an item was lost: the same request brings it again
        return;
    }

    const auto finished = std::move(entry);
    pending.erase(id);

    if (finished.request.done)
        finished.request.done(done, finished.items);
}

void EngineLink::fail(int id, const juce::String& code, const juce::String& sentence)
{
    const auto finished = std::move(pending.at(id));
    pending.erase(id);

    if (finished.request.failed)
        finished.request.failed(code, sentence);
}

void EngineLink::repeatOverdue()
{
    std::vector<int> expired;

    for (auto& [id, entry] : pending)
    {
        if (now() - entry.answeredAt > entry.request.timeoutMs)
            expired.push_back(id);
        else if (now() >= entry.repeatAt)
        {
            transmit(entry.datagram);
            entry.repeatAt = now() + (entry.acknowledged ? acknowledgedMs : retryMs);
        }
    }

    for (const auto id : expired)
        if (pending.count(id) > 0) // a callback may have closed the link
        {
            transmit(encoded(nextId++, protocol::Cancel::address, {id}));
            fail(id, protocol::code::deadline, "The engine did not answer in time.");
        }
}
} // namespace starling
