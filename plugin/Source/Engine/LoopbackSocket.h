// A UDP socket on 127.0.0.1 that no other program can share. Worker thread only.
#pragma once

#include <cstdint>
#include <memory>

namespace starling
{
/** Talks to one port of this machine. Unlike JUCE's sockets it never has SO_REUSEADDR, with which
    another user's program could bind the same port and get what is sent to us. */
class LoopbackSocket
{
  public:
    /** Nothing when the system gives no socket. */
    static std::unique_ptr<LoopbackSocket> to(int port);
    ~LoopbackSocket();
    LoopbackSocket(const LoopbackSocket&) = delete;
    LoopbackSocket& operator=(const LoopbackSocket&) = delete;

    /** Losing it is no error: UDP promises nothing. */
    void send(const void* data, int size);

    /** Whether something comes within so many milliseconds. */
    bool wait(int milliseconds);

    /** The size of the next datagram, at most `size`; 0 for one from elsewhere or without content,
        -1 when nothing is there. */
    int receive(void* buffer, int size);

  private:
    LoopbackSocket(std::intptr_t opened, int otherPort);
    bool start();

    std::intptr_t handle; // int, or a SOCKET of Windows
    int peer;
};
} // namespace starling
