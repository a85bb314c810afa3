#include "Project/Records.h"

#include "Project/ByteReader.h"
#include "Project/RecordTable.h"

namespace starling
{
namespace
{
const juce::Identifier state("state");

juce::String tooShort(const char* what, juce::uint32 size, size_t remaining)
{
    return juce::String(what) + " of " + juce::String(size) + " bytes where " +
           juce::String(static_cast<juce::int64>(remaining)) + " remain";
}

// -- writing ---------------------------------------------------------------------------------

juce::MemoryBlock bytesOf(const juce::var& value, FieldKind kind)
{
    juce::MemoryOutputStream out;
    const auto text = value.toString();

    switch (kind)
    {
    case FieldKind::flag:
        out.writeByte(value ? 1 : 0);
        break;
    case FieldKind::whole:
        out.writeInt(value);
        break;
    case FieldKind::number:
        out.writeDouble(value);
        break;
    case FieldKind::text:
        out.write(text.toRawUTF8(), text.getNumBytesAsUTF8());
        break;
    case FieldKind::bytes:
        if (const auto* block = value.getBinaryData())
            out << *block;
    }
    return out.getMemoryBlock();
}

bool fits(const juce::MemoryBlock& bytes, const FieldSpec& field)
{
    return bytes.getSize() <= field.most &&
           (field.kind != FieldKind::text ||
            isText(static_cast<const juce::uint8*>(bytes.getData()), bytes.getSize()));
}

void writeRecord(const juce::ValueTree& node, const RecordSpec& spec, juce::OutputStream& out)
{
    juce::MemoryOutputStream body;

    for (const auto& field : spec)
        if (const auto* value = node.getPropertyPointer(field.name))
            if (const auto bytes = bytesOf(*value, field.kind); fits(bytes, field))
            {
                body.writeByte(static_cast<char>(field.number));
                body.writeInt(static_cast<int>(bytes.getSize()));
                body.write(bytes.getData(), bytes.getSize());
            }

    out.write(spec.tag, 4);
    out.writeInt(static_cast<int>(body.getDataSize()));
    out.write(body.getData(), body.getDataSize());
}

const RecordSpec* specOf(const juce::ValueTree& node, const juce::String& parent)
{
    for (const auto& spec : recordTable)
        if (node.hasType(spec.name) && parent == spec.parent)
            return &spec;

    return nullptr;
}

// -- reading ---------------------------------------------------------------------------------

/** The value in a field's bytes; nothing where they are none of its kind. */
std::optional<juce::var> valueOf(const juce::uint8* bytes, juce::uint32 size,
                                 const FieldSpec& field)
{
    ByteReader reader(bytes, size);
    const auto isFixed = field.kind != FieldKind::text && field.kind != FieldKind::bytes;

    if (size > field.most || (isFixed && size != field.most))
        return {};

    switch (field.kind)
    {
    case FieldKind::flag:
        return juce::var(*bytes != 0);
    case FieldKind::whole:
        return juce::var(static_cast<int>(*reader.word()));
    case FieldKind::number:
    {
        const auto bits = *reader.longWord();
        double number = 0.0;
        std::memcpy(&number, &bits, sizeof number);
        return juce::var(number);
    }
    case FieldKind::text:
        if (!isText(bytes, size))
            return {};
        return juce::var(
            juce::String::fromUTF8(reinterpret_cast<const char*>(bytes), static_cast<int>(size)));
    case FieldKind::bytes:
        return juce::var(bytes, size);
    }
    return {};
}

const FieldSpec* fieldOf(const RecordSpec& spec, juce::uint8 number)
{
    const auto* found = std::find_if(spec.begin(), spec.end(),
                                     [number](const auto& each) { return each.number == number; });
    return found == spec.end() ? nullptr : found;
}

/** Put a record's fields into the node; answers why that fails, or nothing. */
juce::String readFields(ByteReader reader, const RecordSpec& spec, juce::ValueTree& node)
{
    while (reader.remaining() > 0)
    {
        const auto number = reader.byte();
        const auto size = reader.word();
        const auto remaining = reader.remaining();
        const auto* bytes = size ? reader.take(*size) : nullptr;

        if (bytes == nullptr)
            return tooShort("a field", size.value_or(0), remaining);

        const auto* field = fieldOf(spec, *number);

        if (field == nullptr)
            continue; // of a later version

        const auto value = valueOf(bytes, *size, *field);

        if (!value)
            return "a malformed " + juce::String(field->name) + " of a " + spec.name;

        node.setProperty(field->name, *value, nullptr);
    }
    return {};
}

const RecordSpec* specOf(const juce::uint8* tag)
{
    for (const auto& spec : recordTable)
        if (std::memcmp(tag, spec.tag, 4) == 0)
            return &spec;

    return nullptr;
}
} // namespace

void writeRecords(const juce::ValueTree& tree, juce::OutputStream& out)
{
    for (const auto& node : tree)
        if (const auto* spec = specOf(node, {}))
        {
            writeRecord(node, *spec, out);

            for (const auto& part : node)
                if (const auto* partSpec = specOf(part, spec->name))
                    writeRecord(part, *partSpec, out);
        }
}

ReadTree readRecords(const void* data, size_t size)
{
    ByteReader reader(data, size);
    juce::ValueTree tree(state);
    std::array<int, std::size(recordTable)> counts{};

    while (reader.remaining() > 0)
    {
        const auto* tag = reader.take(4);
        const auto length = reader.word();
        const auto remaining = reader.remaining();
        const auto* body = length ? reader.take(*length) : nullptr;

        if (tag == nullptr || body == nullptr)
            return {{}, tooShort("a record", length.value_or(0), remaining)};

        const auto* spec = specOf(tag);

        if (spec == nullptr)
            continue; // of a later version

        if (++counts[static_cast<size_t>(spec - recordTable)] > spec->most)
            return {{}, "more than " + juce::String(spec->most) + " records " + spec->name};

        juce::ValueTree node(spec->name);

        if (const auto error = readFields({body, *length}, *spec, node); error.isNotEmpty())
            return {{}, error};

        if (*spec->parent == 0)
            tree.appendChild(node, nullptr);
        else if (auto parent = tree.getChildWithName(spec->parent); parent.isValid())
            parent.appendChild(node, nullptr);
    }
    return {tree, {}};
}
} // namespace starling
