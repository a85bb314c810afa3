// Memory that lives as long as its owner: aligned, zeroed, in huge pages where the system has them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <vector>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace starling::samplernn
{
class Arena
{
  public:
    Arena() = default;
    Arena(const Arena&) = delete;
    Arena& operator=(const Arena&) = delete;
    ~Arena()
    {
        for (auto* block : blocks)
            ::operator delete(block, std::align_val_t{huge_page});
    }

    /** `count` numbers of zero, on a cache line of their own. Throws std::bad_alloc. */
    template <class T>
    T* take(size_t count)
    {
        const size_t size = (count * sizeof(T) + line - 1) / line * line;
        if (size > left)
            add(size);
        auto* found = next;
        next += size;
        left -= size;
        used += size;
        return reinterpret_cast<T*>(found);
    }

    size_t bytes() const { return used; }

  private:
    static constexpr size_t line = 64, huge_page = size_t{1} << 21;

    void add(size_t size)
    {
        const size_t whole = (size + huge_page - 1) / huge_page * huge_page;
        auto* block = static_cast<char*>(::operator new(whole, std::align_val_t{huge_page}));
        blocks.push_back(block);
#if defined(__linux__) && defined(MADV_HUGEPAGE)
        madvise(block, whole, MADV_HUGEPAGE);
#endif
        std::memset(block, 0, whole);
        next = block;
        left = whole;
    }

    std::vector<char*> blocks;
    char* next = nullptr;
    size_t left = 0, used = 0;
};
} // namespace starling::samplernn
