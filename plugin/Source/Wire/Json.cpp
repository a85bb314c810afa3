#include "Wire/Json.h"

#include <cstring>

namespace starling
{
namespace
{
constexpr int mostBrackets = 500; // two for a control of a model; the depth is at most this
constexpr int mostDigits = 18;    // of a whole number: more would overflow in JUCE's parser

/** Whether JUCE's parser can be given this. */
bool isBounded(juce::String::CharPointerType text)
{
    auto brackets = 0, digits = 0;
    auto isText = false, isEscaped = false, isFraction = false;

    while (!text.isEmpty())
    {
        const auto letter = text.getAndAdvance();
        const auto isDigit = letter >= '0' && letter <= '9';
        isFraction = letter == '.' || (isFraction && isDigit);
        digits = isDigit && !isText && !isFraction ? digits + 1 : 0;
        brackets += letter == '[' || letter == '{' ? 1 : 0;
        isText = letter == '"' && !isEscaped ? !isText : isText;
        isEscaped = isText && letter == '\\' && !isEscaped;

        if (digits > mostDigits || brackets > mostBrackets)
            return false;
    }
    return true;
}
} // namespace

juce::var parseJson(const juce::String& text)
{
    const auto* bytes = text.toRawUTF8();
    const auto isText =
        juce::CharPointer_UTF8::isValidString(bytes, static_cast<int>(std::strlen(bytes)));
    return isText && isBounded(text.getCharPointer()) ? juce::JSON::parse(text) : juce::var();
}
} // namespace starling
