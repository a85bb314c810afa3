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

bool isShownIn(const juce::Component& parent, const juce::String& text)
{
    const auto says = [&text](const juce::Component* child)
    {
        const auto* label = dynamic_cast<const juce::Label*>(child);
        return child->isVisible() &&
               ((label != nullptr && label->getText() == text) || isShownIn(*child, text));
    };
    return std::any_of(parent.getChildren().begin(), parent.getChildren().end(), says);
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
    auto found = false;
    onMessageThread([&] { found = isShownIn(*component, text); });
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

int withWindow(const std::function<void(Window&)>& work)
{
    return besideMessages(
        [&work]
        {
            Window window;
            Window::onMessageThread([&] { window.host = std::make_unique<Session>(); });
            window.host->connect();
            Window::onMessageThread([&]
                                    { window.component.reset(window.plugin().createEditor()); });
            work(window);
            Window::onMessageThread([&] { window.component = nullptr; });
            Window::onMessageThread([&] { window.host = nullptr; });
        });
}
} // namespace harness
