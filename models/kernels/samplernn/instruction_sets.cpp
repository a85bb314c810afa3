// What this processor can do, asked of the processor itself, and how fast it reads memory.
#include "samplernn/instruction_sets.h"

#include "samplernn/interface.h"

#include <algorithm>
#include <ctime>
#include <new>
#include <vector>

#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif

namespace starling::samplernn
{
namespace
{
#if defined(__x86_64__) || defined(__i386__)
bool has_avx2()
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}
bool has_avx512_vnni()
{
    return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vnni");
}
bool has_avx_vnni()
{
    unsigned a = 0, b = 0, c = 0, d = 0;
    return has_avx2() && __get_cpuid_count(7, 1, &a, &b, &c, &d) && (a >> 4 & 1);
}
#else
bool has_avx2()
{
    return false;
}
bool has_avx512_vnni()
{
    return false;
}
bool has_avx_vnni()
{
    return false;
}
#endif

/** Those that were compiled and that this processor has, fastest first. */
std::vector<const Backend*> usable()
{
    std::vector<const Backend*> found;
    const auto take = [&](const Backend& one, bool has)
    {
        if (one.advance && has)
            found.push_back(&one);
    };
    take(avx512_vnni, has_avx512_vnni());
    take(avx_vnni, has_avx_vnni());
    take(avx2, has_avx2());
    take(neon, true);
    take(portable, true);
    return found;
}

/** The processor time that this thread has taken. */
double thread_seconds()
{
#if defined(CLOCK_THREAD_CPUTIME_ID)
    timespec now{};
    if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now) == 0)
        return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
#endif
    return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}
} // namespace

std::string listed()
{
    std::string names;
    for (const auto* each : usable())
        names += (names.empty() ? "" : " ") + std::string(each->name);
    return names;
}

const Backend* backend_of(const std::string& name)
{
    for (const auto* each : usable())
        if (name.empty() || name == each->name)
            return each;
    return nullptr;
}
} // namespace starling::samplernn

using namespace starling::samplernn;

const char* samplernn_instruction_sets(void)
{
    static const std::string names = listed();
    return names.c_str();
}

double samplernn_read_seconds(int64_t bytes, int32_t rounds)
{
    try
    {
        Arena arena;
        const int64_t numbers = (std::max<int64_t>(bytes, 1) / 4 / align + 1) * align;
        const float* from = arena.take<float>(numbers);
        const Backend& fastest = *usable().front();
        fastest.read(from, numbers, 1); // brings it near
        const double began = thread_seconds();
        const float sum = fastest.read(from, numbers, rounds);
        return sum == 0.0f ? thread_seconds() - began : -1.0;
    }
    catch (const std::bad_alloc&)
    {
        return -1.0;
    }
}
