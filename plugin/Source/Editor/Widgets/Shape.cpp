#include "Editor/Widgets/Shape.h"

namespace starling
{
std::vector<juce::Range<float>> shapeOf(const Sound& sound, int columns)
{
    std::vector<juce::Range<float>> shape(static_cast<size_t>(juce::jmax(1, columns)));
    const auto frames = static_cast<size_t>(sound.frames());

    for (size_t x = 0; x < shape.size(); ++x)
    {
        const auto begin = x * frames / shape.size();
        const auto end = juce::jmax(begin + 1, (x + 1) * frames / shape.size());

        for (int c = 0; c < sound.channels(); ++c)
            shape[x] = shape[x].getUnionWith(juce::FloatVectorOperations::findMinAndMax(
                sound.channel(c) + begin, static_cast<int>(end - begin)));
    }
    return shape;
}

bool dragOut(juce::Component& source, const Sound& sound, const juce::String& title)
{
    const auto file = exportWav(sound, title, exportFolder());
    return file != juce::File() && juce::DragAndDropContainer::performExternalDragDropOfFiles(
                                       {file.getFullPathName()}, false, &source);
}
} // namespace starling
