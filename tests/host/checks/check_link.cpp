// The plugin's end of the wire against an engine that this check plays itself, on a real socket.
#include "Engine/EngineLink.h"
#include "harness/harness.h"

namespace harness
{
namespace
{
namespace protocol = starling::protocol;
using starling::EngineLink;
using starling::osc::Message;

/** What an engine's socket gets and sends. */
struct Engine
{
    juce::DatagramSocket socket;
    juce::String sender;
    int port = 0;            // of whom the last message came from
    juce::MemoryBlock bytes; // of the last message

    bool open() { return socket.bindToPort(0, "127.0.0.1"); }

    std::optional<Message> next(int waitMs = 2000)
    {
        char buffer[8192];

        if (socket.waitUntilReady(true, waitMs) != 1)
            return {};

        const auto size = socket.read(buffer, sizeof(buffer), false, sender, port);
        bytes = juce::MemoryBlock(buffer, static_cast<size_t>(juce::jmax(size, 0)));
        return starling::osc::decode(buffer, size);
    }

    void drain()
    {
        while (next(50))
            continue;
    }

    void answer(const Message& message)
    {
        const auto datagram = starling::osc::encode(message);
        socket.write("127.0.0.1", port, datagram.getData(), static_cast<int>(datagram.getSize()));
    }
};

/** Send a request over the link; the number of its done and failed calls so far, which the link may
    make after this has ended. */
struct Asked
{
    struct Calls
    {
        int done = 0, failed = 0;
    };

    std::shared_ptr<Calls> calls = std::make_shared<Calls>();
    int id = 0;

    int done() const { return calls->done; }
    int failed() const { return calls->failed; }

    void send(EngineLink& link, const char* address, std::vector<starling::osc::Value> values)
    {
        starling::Request request;
        request.address = address;
        request.values = std::move(values);
        request.done = [calls = calls](const auto&, const auto&) { ++calls->done; };
        request.failed = [calls = calls](const auto&, const auto&) { ++calls->failed; };
        id = link.send(std::move(request));
    }
};

void hello(Checks& check, EngineLink& link, Engine& engine)
{
    Asked asked;
    asked.send(link, protocol::Hello::address,
               {juce::String("token"), protocol::version, juce::String("test")});
    const auto first = engine.next();
    check.that(first && first->values.size() == 4 && first->integer(0) == asked.id &&
                   first->text(1) == "token" && first->integer(2) == 2,
               "hello has no secret, but the token and the version 2");
    engine.answer({"/starling/done",
                   {asked.id, juce::String("hello"), 2, juce::String("0.1.0"),
                    juce::String("/inbox"), juce::String("hush")}});
    link.poll(2000);
    check.that(asked.done() == 1, "its answer comes");
    link.joined("hush");
}

void secret(Checks& check, EngineLink& link, Engine& engine)
{
    Asked ping, release;
    ping.send(link, protocol::Ping::address, {});
    release.send(link, protocol::Release::address, {juce::String("ab")});
    const auto first = engine.next();
    const auto id = juce::ByteOrder::swapIfLittleEndian(ping.id);
    juce::MemoryBlock golden("/starling/ping\0\0,si\0hush\0\0\0\0", 28);
    golden.append(&id, sizeof(id));
    check.that(first && engine.bytes == golden, "a request begins with the secret: golden bytes");
    const auto second = engine.next();
    check.that(second && second->text(0) == "hush" && second->integer(1) == release.id &&
                   second->text(2) == "ab",
               "then come its id and what it takes");
    link.cancel(release.id);
    const auto third = engine.next();
    check.that(third && third->address == protocol::Cancel::address && third->text(0) == "hush" &&
                   third->integer(2) == release.id,
               "a cancel has it too");
    link.poll(600);
    const auto again = engine.next();
    check.that(again && engine.bytes == golden, "what got no answer is sent again as it was");
}

void strangers(Checks& check, EngineLink& link, Engine& engine)
{
    Asked ping;
    ping.send(link, protocol::Ping::address, {});
    engine.drain();
    Engine stranger;
    stranger.open();
    stranger.port = engine.port;
    stranger.answer({"/starling/done", {ping.id, juce::String("ping"), 1.0f}});
    stranger.socket.write("127.0.0.1", engine.port, "", 0);
    link.poll(200);
    check.that(ping.done() == 0, "who answers from another port is not heard");
    engine.answer({"/starling/done", {ping.id, juce::String("ping"), 1.0f}});
    link.poll(2000);
    check.that(ping.done() == 1, "the engine is, also after a stranger");

    for (const auto reuse : {true, false})
    {
        juce::DatagramSocket thief; // with SO_REUSEADDR, as all of JUCE's
        thief.setEnablePortReuse(reuse);
        check.that(!thief.bindToPort(engine.port, "127.0.0.1"),
                   reuse ? "no other socket gets its port, by SO_REUSEADDR" : "nor without");
    }

    Engine shared;
    shared.open();
    juce::DatagramSocket other;
    check.that(other.bindToPort(shared.socket.getBoundPort(), "127.0.0.1"),
               "while JUCE's own are shared: this check can fail");
}

void goodbye(Checks& check, EngineLink& link, Engine& engine)
{
    Asked ping;
    ping.send(link, protocol::Ping::address, {});
    engine.drain();
    link.close();
    const auto last = engine.next();
    check.that(last && last->address == protocol::Bye::address && last->text(0) == "hush",
               "closing says goodbye");
    check.that(ping.failed() == 1 && !link.isOpen(), "and ends what waits");
    link.close();
    check.that(!engine.next(100), "once");
    check.that(link.open(engine.socket.getBoundPort()), "it opens again");
    link.close();
    check.that(!engine.next(100), "no goodbye to who has not let us in");
    juce::DatagramSocket heir;
    check.that(heir.bindToPort(engine.port, "127.0.0.1"), "its port is free again");
}

/** The worker of a plugin that nobody looks at or plays. */
void resting(Checks& check)
{
    std::atomic<int> rounds{0}; // outlives the worker
    starling::PluginProcessor plugin;
    plugin.engine.onRound = [&rounds] { ++rounds; };
    plugin.engine.start();
    const auto roundsIn = [&rounds](int milliseconds)
    {
        const auto before = rounds.load();
        juce::Thread::sleep(milliseconds);
        return rounds - before;
    };
    const auto msOfTen = [&rounds](const std::function<void(int)>& act)
    {
        const auto began = juce::Time::getMillisecondCounterHiRes();

        for (int n = 0; n < 10; ++n)
        {
            const auto before = rounds.load();
            act(n);

            while (rounds == before)
                juce::Thread::sleep(1);
        }
        return juce::Time::getMillisecondCounterHiRes() - began;
    };
    roundsIn(300);
    check.that(roundsIn(1000) <= 15, "the worker of a plugin that stands idle rests");
    check.that(msOfTen([&](int) { plugin.engine.post([] {}); }) < 400.0, "a job wakes it");
    auto& variation = plugin.parameters.get("variation");
    check.that(msOfTen([&](int n) { variation.setValueNotifyingHost(0.05f * n + 0.1f); }) < 400.0,
               "so does a knob that chooses another sound");
    plugin.engine.view();
    check.that(roundsIn(600) > 15, "while an editor looks, it does not");
}
} // namespace

int checkLink(const Arguments&)
{
    Checks check;
    Engine engine;
    EngineLink link;
    check.that(engine.open() && link.open(engine.socket.getBoundPort()), "two sockets");
    hello(check, link, engine);
    secret(check, link, engine);
    strangers(check, link, engine);
    goodbye(check, link, engine);
    resting(check);
    return check.exitCode();
}
} // namespace harness
