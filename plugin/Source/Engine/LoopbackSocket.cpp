#include "Engine/LoopbackSocket.h"

#include <juce_core/system/juce_TargetPlatform.h>

#if JUCE_WINDOWS
#include <winsock2.h>
#include <ws2tcpip.h>
#else
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#endif

namespace starling
{
namespace
{
constexpr int bufferBytes = 1 << 20; // room for a list of a hundred hits; as in engine/wire

#if JUCE_WINDOWS
using Socket = SOCKET;
using Length = int;
using Bytes = int;
constexpr int dontWait = 0; // FIONBIO says it

Socket opened()
{
    static const bool started = []
    {
        WSADATA about;
        return WSAStartup(MAKEWORD(2, 2), &about) == 0;
    }();
    return started ? ::socket(AF_INET, SOCK_DGRAM, 0) : INVALID_SOCKET;
}

/** Without the first, any program could bind the port as well. */
bool configure(Socket socket)
{
    const BOOL yes = TRUE;
    u_long nonBlocking = 1;
    return setsockopt(socket, SOL_SOCKET, SO_EXCLUSIVEADDRUSE, reinterpret_cast<const char*>(&yes),
                      sizeof(yes)) == 0 &&
           ioctlsocket(socket, FIONBIO, &nonBlocking) == 0;
}
#else
using Socket = int;
using Length = socklen_t;
using Bytes = size_t;
constexpr int dontWait = MSG_DONTWAIT;

Socket opened()
{
    return ::socket(AF_INET, SOCK_DGRAM, 0);
}

/** An engine that the plugin starts must not hold the port too. */
bool configure(Socket socket)
{
    return fcntl(socket, F_SETFD, FD_CLOEXEC) == 0;
}
#endif

sockaddr_in loopback(int port)
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    return address;
}

template <typename Call>
auto withAddress(const sockaddr_in& address, Call call)
{
    return call(reinterpret_cast<const sockaddr*>(&address), static_cast<Length>(sizeof(address)));
}
} // namespace

std::unique_ptr<LoopbackSocket> LoopbackSocket::to(int port)
{
    const auto handle = static_cast<std::intptr_t>(opened());

    if (handle < 0) // INVALID_SOCKET is all ones
        return nullptr;

    std::unique_ptr<LoopbackSocket> made(new LoopbackSocket(handle, port));
    return made->start() ? std::move(made) : nullptr;
}

LoopbackSocket::LoopbackSocket(std::intptr_t opened, int otherPort)
    : handle(opened), peer(otherPort)
{
}

LoopbackSocket::~LoopbackSocket()
{
#if JUCE_WINDOWS
    closesocket(static_cast<Socket>(handle));
#else
    ::close(static_cast<Socket>(handle));
#endif
}

bool LoopbackSocket::start()
{
    const auto socket = static_cast<Socket>(handle);
    setsockopt(socket, SOL_SOCKET, SO_RCVBUF, reinterpret_cast<const char*>(&bufferBytes),
               sizeof(bufferBytes));
    return configure(socket) && withAddress(loopback(0), [socket](auto address, auto size)
                                            { return ::bind(socket, address, size); }) == 0;
}

void LoopbackSocket::send(const void* data, int size)
{
    withAddress(loopback(peer),
                [&](auto address, auto length)
                {
                    return ::sendto(static_cast<Socket>(handle), static_cast<const char*>(data),
                                    static_cast<Bytes>(size), dontWait, address, length);
                });
}

bool LoopbackSocket::wait(int milliseconds)
{
#if JUCE_WINDOWS
    WSAPOLLFD one{static_cast<Socket>(handle), POLLIN, 0};
    return WSAPoll(&one, 1, milliseconds) == 1;
#else
    pollfd one{static_cast<Socket>(handle), POLLIN, 0};
    return ::poll(&one, 1, milliseconds) == 1; // select() fails above 1,023 open files
#endif
}

int LoopbackSocket::receive(void* buffer, int size)
{
    sockaddr_in sender{};
    Length length = sizeof(sender);
    const auto got = ::recvfrom(static_cast<Socket>(handle), static_cast<char*>(buffer),
                                static_cast<Bytes>(size), dontWait,
                                reinterpret_cast<sockaddr*>(&sender), &length);

    if (got < 0)
        return -1;

    const auto expected = loopback(peer);
    const auto isPeer =
        sender.sin_port == expected.sin_port && sender.sin_addr.s_addr == expected.sin_addr.s_addr;
    return isPeer ? static_cast<int>(got) : 0; // any program may write to this socket
}
} // namespace starling
