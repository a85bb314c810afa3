#include "Audio/Chips/MetaEvents.h"

namespace starling
{
/*  JUCE would read past the end of a text that is no UTF-8. */
juce::String trackNameOf(const juce::MidiMessage& message)
{
    const auto* text = reinterpret_cast<const char*>(message.getMetaEventData());
    const auto length = message.getMetaEventLength();

    if (length <= 0 || !juce::CharPointer_UTF8::isValidString(text, length))
        return {};

    return juce::String::fromUTF8(text, length).trim();
}

/*  JUCE would read past a short one and shift by any byte. */
double barBeatsOf(const juce::MidiFile& file)
{
    constexpr double usual = 4.0;
    constexpr int shortest = 6; // 64ths
    juce::MidiMessageSequence signatures;
    file.findAllTimeSigEvents(signatures);

    if (signatures.getNumEvents() == 0)
        return usual;

    const auto& message = signatures.getEventPointer(0)->message;

    if (message.getMetaEventLength() < 2)
        return usual;

    const auto* data = message.getMetaEventData();
    const auto numerator = data[0], power = data[1];
    return numerator > 0 && power <= shortest ? 4.0 * numerator / (1 << power) : usual;
}
} // namespace starling
