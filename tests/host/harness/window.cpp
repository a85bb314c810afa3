#include "harness/window.h"

namespace harness
{
namespace
{
juce::Button* buttonIn(juce::Component& parent, const juce::String& text)
{
    for (auto* child : parent.getChildren())
    {
        if (!child->isVisible())
            continue;

        if (auto* button = dynamic_cast<juce::Button*>(child);
            button != nullptr && (button->getButtonText() == text || button->getTitle() == text))
            return button;

        if (auto* found = buttonIn(*child, text))
            return found;
    }
    return nullptr;
}

/** Whether anything visible in it is so. */
bool isShownIn(const juce::Component& parent,
               const std::function<bool(const juce::Component&)>& isSo)
{
    const auto shows = [&isSo](const juce::Component* child)
    { return child->isVisible() && (isSo(*child) || isShownIn(*child, isSo)); };
    return std::any_of(parent.getChildren().begin(), parent.getChildren().end(), shows);
}

class Worker final : public juce::Thread
{
  public:
    explicit Worker(std::function<void()> job) : juce::Thread("host"), work(std::move(job)) {}

    void run() override
    {
        work();
        juce::MessageManager::getInstance()->stopDispatchLoop();
    }

  private:
    std::function<void()> work;
};
} // namespace

void Window::onMessageThread(std::function<void()> work)
{
    juce::MessageManager::getInstance()->callFunctionOnMessageThread(
        [](void* job) -> void*
        {
            (*static_cast<std::function<void()>*>(job))();
            return nullptr;
        },
        &work);
}

juce::Button* Window::button(const juce::String& text)
{
    return buttonIn(*component, text);
}

bool Window::shows(const juce::String& text)
{
    const auto says = [&text](const juce::Component& part)
    {
        const auto* label = dynamic_cast<const juce::Label*>(&part);
        return label != nullptr && label->getText() == text;
    };
    auto found = false;
    onMessageThread([&] { found = isShownIn(*component, says); });
    return found;
}

bool Window::showsProgress(const juce::String& title)
{
    const auto isBar = [&title](const juce::Component& part)
    {
        return dynamic_cast<const juce::ProgressBar*>(&part) != nullptr && part.getTitle() == title;
    };
    auto found = false;
    onMessageThread([&] { found = isShownIn(*component, isBar); });
    return found;
}

bool Window::click(const juce::String& text)
{
    auto clicked = false;
    onMessageThread(
        [&]
        {
            auto* found = button(text);
            clicked = found != nullptr && found->isEnabled();

            if (clicked)
                found->triggerClick(); // comes as a message of its own
        });
    settle();
    return clicked;
}

int besideMessages(std::function<void()> work)
{
    Worker worker(std::move(work));
    worker.startThread();
    juce::MessageManager::getInstance()->runDispatchLoop();
    return worker.stopThread(10000) ? 0 : 1;
}

int openWindow(bool connect, const std::function<void(Window&)>& work)
{
    return besideMessages(
        [connect, &work]
        {
            Window window;
            Window::onMessageThread([&] { window.host = std::make_unique<Session>(); });

            if (connect)
                window.host->connect();

            Window::onMessageThread([&]
                                    { window.component.reset(window.plugin().createEditor()); });
            work(window);
            Window::onMessageThread([&] { window.component = nullptr; });
            Window::onMessageThread([&] { window.host = nullptr; });
        });
}

int withWindow(const std::function<void(Window&)>& work)
{
    return openWindow(true, work);
}

int withLonelyWindow(const std::function<void(Window&)>& work)
{
    return openWindow(false, work);
}
} // namespace harness
