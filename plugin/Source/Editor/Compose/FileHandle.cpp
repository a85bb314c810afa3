#include "Editor/Compose/FileHandle.h"

namespace starling
{
FileHandle::FileHandle(PluginProcessor& p, SongFormat songFormat, const char* name)
    : juce::TextButton(name), processor(p), format(songFormat)
{
    setTitle("Drag out as " + juce::String(name));
    setTooltip("Drag it to a track or a folder: the song as a " + juce::String(name) +
               " file, as it sounds now. A click shows the file in its folder.");
    setHasFocusOutline(true);
    onClick = [this]
    {
        if (const auto file = write(); file != juce::File())
            file.revealToUser();
    };
}

juce::File FileHandle::write() const
{
    const auto song = processor.player.chips.song.chosen();
    const auto tempo = processor.phrases.tempo();
    const auto settings = processor.parameters.playerSettings();
    return song == nullptr
               ? juce::File()
               : exportSong(
                     song,
                     {settings.chips, tempo > 0.0 ? tempo : HostTime::defaultTempo, settings.tune},
                     format, exportFolder().getSiblingFile("Songs"));
}

void FileHandle::mouseDrag(const juce::MouseEvent& event)
{
    if (isDragged || !isEnabled() || event.getDistanceFromDragStart() < dragDistance)
        return;

    isDragged = true;

    if (const auto file = write(); file != juce::File())
        juce::DragAndDropContainer::performExternalDragDropOfFiles({file.getFullPathName()}, false,
                                                                   this);
}

void FileHandle::mouseUp(const juce::MouseEvent& event)
{
    if (!std::exchange(isDragged, false))
        juce::TextButton::mouseUp(event);
    else
        setState(buttonNormal);
}
} // namespace starling
