// The OSC codec against bytes worked out by hand, its own inverse, and noise.
#include "harness/harness.h"

namespace harness
{
namespace
{
using starling::osc::decode;
using starling::osc::encode;
using starling::osc::Message;

void golden(Checks& check)
{
    const Message message{"/a", {1, 0.5f, juce::String("xyz"), juce::MemoryBlock("\x07", 1)}};
    const unsigned char expected[] = {
        '/',  'a', 0,   0,                 // address
        ',',  'i', 'f', 's', 'b', 0, 0, 0, // types
        0,    0,   0,   1,                 // i
        0x3f, 0,   0,   0,                 // f
        'x',  'y', 'z', 0,                 // s
        0,    0,   0,   1,                 // b: length
        7,    0,   0,   0,                 //    bytes
    };
    const auto bytes = encode(message);
    check.that(bytes == juce::MemoryBlock(expected, sizeof(expected)),
               "encoding gives golden bytes");

    const auto back = decode(expected, sizeof(expected));
    check.that(back && back->address == "/a" && back->values == message.values, "and back");
    check.that(back && back->integer(0) == 1 && back->number(1) == 0.5f && back->text(2) == "xyz",
               "arguments by position");
    check.that(back && back->integer(2) == 0 && back->text(9).isEmpty(),
               "wrong positions give neutral values");
}

void bad(Checks& check)
{
    const auto bytes = encode({"/starling/done", {7, juce::String("generate"), 0.25f}});
    auto refused = true;

    for (size_t size = 0; size < bytes.getSize(); ++size)
        refused = refused && !decode(bytes.getData(), static_cast<int>(size));

    check.that(refused, "a message cut anywhere is refused");
    juce::Random random(3);
    int accepted = 0;

    for (int i = 0; i < 200000; ++i)
    {
        auto noisy = bytes;
        noisy[random.nextInt(static_cast<int>(noisy.getSize()))] =
            static_cast<char>(random.nextInt(256));
        accepted += decode(noisy.getData(), static_cast<int>(noisy.getSize())) ? 1 : 0;
    }
    check.that(accepted > 0, "noise is decoded or refused, never a crash");
    const char odd[] = "/a\0\0,s\0\0b\xe0\x9b\x90\0\0\0"; // a letter in more bytes than it needs
    const auto read = decode(odd, sizeof odd);
    const auto again = read ? encode(*read) : juce::MemoryBlock();
    check.that(!read || decode(again.getData(), static_cast<int>(again.getSize())),
               "what was decoded can be encoded and decoded again");
}
} // namespace

int checkOsc(const Arguments&)
{
    Checks check;
    golden(check);
    bad(check);
    return check.exitCode();
}
} // namespace harness
