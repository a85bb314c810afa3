#include "Wire/Osc.h"

#include <cstring>

namespace starling::osc
{
namespace
{
void pad(juce::MemoryOutputStream& out)
{
    while (out.getDataSize() % 4 != 0)
        out.writeByte(0);
}

void writeText(juce::MemoryOutputStream& out, const juce::String& text)
{
    const auto* bytes = text.toRawUTF8(); // JUCE counts those that an odd sequence should have
    out.write(bytes, std::strlen(bytes) + 1);
    pad(out);
}

struct TypeTag
{
    char operator()(int) const { return 'i'; }
    char operator()(float) const { return 'f'; }
    char operator()(const juce::String&) const { return 's'; }
    char operator()(const juce::MemoryBlock&) const { return 'b'; }
};

struct Writer
{
    juce::MemoryOutputStream& out;

    void operator()(int value) const { out.writeIntBigEndian(value); }
    void operator()(float value) const { out.writeFloatBigEndian(value); }
    void operator()(const juce::String& value) const { writeText(out, value); }
    void operator()(const juce::MemoryBlock& value) const
    {
        out.writeIntBigEndian(static_cast<int>(value.getSize()));
        out.write(value.getData(), value.getSize());
        pad(out);
    }
};

/** Reads from bytes that came from outside: every step checks what is left. */
class Reader
{
  public:
    Reader(const void* data, int size) : at(static_cast<const char*>(data)), left(size) {}

    std::optional<juce::String> text()
    {
        const auto* end = static_cast<const char*>(std::memchr(at, 0, static_cast<size_t>(left)));

        if (end == nullptr)
            return {};

        const auto length = static_cast<int>(end - at);
        const auto* begin = take((length + 4) & ~3);

        if (begin == nullptr || !juce::CharPointer_UTF8::isValidString(begin, length))
            return {};

        return juce::String::fromUTF8(begin, length);
    }

    std::optional<Value> value(char type)
    {
        if (type == 's')
        {
            const auto result = text();
            return result ? std::optional<Value>(*result) : std::nullopt;
        }

        const auto* word = type == 'i' || type == 'f' || type == 'b' ? take(4) : nullptr;

        if (word == nullptr)
            return {};

        const auto bits = static_cast<int>(juce::ByteOrder::bigEndianInt(word));

        if (type == 'i')
            return Value(bits);

        if (type == 'b')
            return blob(bits);

        float number = 0.0f;
        std::memcpy(&number, &bits, sizeof(number));
        return Value(number);
    }

  private:
    std::optional<Value> blob(int size)
    {
        const auto* begin = size < 0 || size > left ? nullptr : take((size + 3) & ~3);

        if (begin == nullptr)
            return {};

        return Value(juce::MemoryBlock(begin, static_cast<size_t>(size)));
    }

    const char* take(int size)
    {
        if (size < 0 || size > left)
            return nullptr;

        const auto* begin = at;
        at += size;
        left -= size;
        return begin;
    }

    const char* at;
    int left;
};

template <typename Type>
Type valueAt(const std::vector<Value>& values, int index)
{
    if (index < 0 || index >= static_cast<int>(values.size()))
        return {};

    const auto* found = std::get_if<Type>(&values[static_cast<size_t>(index)]);
    return found == nullptr ? Type{} : *found;
}
} // namespace

int Message::integer(int index) const
{
    return valueAt<int>(values, index);
}
float Message::number(int index) const
{
    return valueAt<float>(values, index);
}
juce::String Message::text(int index) const
{
    return valueAt<juce::String>(values, index);
}

juce::MemoryBlock encode(const Message& message)
{
    juce::MemoryOutputStream out;
    juce::String tags(",");

    for (const auto& value : message.values)
        tags << juce::String::charToString(
            static_cast<juce::juce_wchar>(std::visit(TypeTag{}, value)));

    writeText(out, message.address);
    writeText(out, tags);

    for (const auto& value : message.values)
        std::visit(Writer{out}, value);

    return out.getMemoryBlock();
}

std::optional<Message> decode(const void* data, int size)
{
    Reader reader(data, size);
    const auto address = reader.text();
    const auto tags = address ? reader.text() : std::nullopt;

    if (!tags || !address->startsWithChar('/') || !tags->startsWithChar(','))
        return {};

    Message message{*address, {}};

    for (int i = 1; i < tags->length(); ++i)
    {
        auto value = reader.value(static_cast<char>((*tags)[i]));

        if (!value)
            return {};

        message.values.push_back(std::move(*value));
    }
    return message;
}
} // namespace starling::osc
