/* Counts what a thread does between starling_audio_enter() and starling_audio_leave(): allocations and locks
   by interposition (LD_PRELOAD), system calls by the kernel's syscall user dispatch, which sees those that
   bypass libc too. Linux on x86-64; cc -shared -fPIC -O2 -o count_calls.so count_calls.c -ldl

   The counted thread calls enter and leave around processBlock; any thread may read the counts. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#ifndef PR_SET_SYSCALL_USER_DISPATCH
#define PR_SET_SYSCALL_USER_DISPATCH 59
#endif
enum { dispatch_allow = 0, dispatch_block = 1, prctl_on = 1, kernel_restorer = 0x04000000 };

/* initial-exec: reading these never allocates */
static __thread volatile char selector __attribute__((tls_model("initial-exec"))) = dispatch_allow;
static __thread int inside __attribute__((tls_model("initial-exec"))) = 0;
static atomic_long allocations, locks, system_calls, last_system_call;

/* -- system calls: each one made inside raises SIGSYS; the handler counts it and carries it out ------------- */

/* The kernel lets system calls from this stretch of code through: the handler's own, and its return. */
__asm__(".text\n.globl starling_pass_begin\nstarling_pass_begin:\n"
        ".globl starling_restorer\nstarling_restorer:\n mov $15, %rax\n syscall\n"
        ".globl starling_raw_call\nstarling_raw_call:\n"
        " mov %rdi, %rax\n mov %rsi, %rdi\n mov %rdx, %rsi\n mov %rcx, %rdx\n mov %r8, %r10\n mov %r9, %r8\n"
        " mov 8(%rsp), %r9\n syscall\n ret\n"
        ".globl starling_pass_end\nstarling_pass_end:\n nop\n");
extern char starling_pass_begin[], starling_pass_end[];
extern void starling_restorer(void);
extern long starling_raw_call(long number, long a, long b, long c, long d, long e, long f);

static void on_system_call(int signal, siginfo_t *info, void *context)
{
    greg_t *r = ((ucontext_t *) context)->uc_mcontext.gregs;
    (void) signal;
    (void) info;
    atomic_fetch_add(&system_calls, 1);
    atomic_store(&last_system_call, r[REG_RAX]);
    r[REG_RAX] = starling_raw_call(r[REG_RAX], r[REG_RDI], r[REG_RSI], r[REG_RDX], r[REG_R10], r[REG_R8], r[REG_R9]);
}

/* Call once on the audio thread. Returns 1 when the kernel can count system calls, else 0. */
int starling_audio_thread(void)
{
    struct { void (*handler)(int, siginfo_t *, void *); unsigned long flags; void (*restorer)(void); unsigned long mask; }
        action = {on_system_call, SA_SIGINFO | kernel_restorer, starling_restorer, 0};
    if (syscall(SYS_rt_sigaction, SIGSYS, &action, NULL, 8) != 0)
        return 0;
    return prctl(PR_SET_SYSCALL_USER_DISPATCH, prctl_on, starling_pass_begin,
                 (unsigned long) (starling_pass_end - starling_pass_begin), &selector) == 0;
}

void starling_audio_enter(void)
{
    inside = 1;
    selector = dispatch_block;
}

void starling_audio_leave(void)
{
    selector = dispatch_allow;
    inside = 0;
}

/* allocations (and frees), locks, system calls, number of the last system call (-1: none) */
void starling_counts(long out[4])
{
    out[0] = atomic_load(&allocations);
    out[1] = atomic_load(&locks);
    out[2] = atomic_load(&system_calls);
    out[3] = out[2] ? atomic_load(&last_system_call) : -1;
}

void starling_reset_counts(void)
{
    atomic_store(&allocations, 0);
    atomic_store(&locks, 0);
    atomic_store(&system_calls, 0);
}

/* -- allocations -------------------------------------------------------------------------------------------- */

extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);
extern void __libc_free(void *);

static void allocated(void)
{
    if (inside)
        atomic_fetch_add(&allocations, 1);
}

void *malloc(size_t size) { allocated(); return __libc_malloc(size); }
void *calloc(size_t n, size_t size) { allocated(); return __libc_calloc(n, size); }
void *realloc(void *old, size_t size) { allocated(); return __libc_realloc(old, size); }
void *memalign(size_t align, size_t size) { allocated(); return __libc_memalign(align, size); }
void *aligned_alloc(size_t align, size_t size) { allocated(); return __libc_memalign(align, size); }
void free(void *old)
{
    if (old != NULL)
        allocated();
    __libc_free(old);
}
int posix_memalign(void **out, size_t align, size_t size)
{
    allocated();
    *out = __libc_memalign(align, size);
    return *out == NULL ? 12 : 0; /* ENOMEM */
}

/* -- locks -------------------------------------------------------------------------------------------------- */

#define COUNT_LOCK(name, parameters, arguments)                                                                         \
    int name parameters                                                                                                 \
    {                                                                                                                   \
        static int(*real) parameters;                                                                                   \
        if (inside)                                                                                                     \
            atomic_fetch_add(&locks, 1);                                                                                \
        if (real == NULL)                                                                                               \
            real = (int(*) parameters) dlsym(RTLD_NEXT, #name);                                                         \
        return real arguments;                                                                                          \
    }

COUNT_LOCK(pthread_mutex_lock, (pthread_mutex_t * m), (m))
COUNT_LOCK(pthread_mutex_trylock, (pthread_mutex_t * m), (m))
COUNT_LOCK(pthread_mutex_unlock, (pthread_mutex_t * m), (m))
COUNT_LOCK(pthread_mutex_timedlock, (pthread_mutex_t * m, const struct timespec *t), (m, t))
COUNT_LOCK(pthread_rwlock_rdlock, (pthread_rwlock_t * m), (m))
COUNT_LOCK(pthread_rwlock_wrlock, (pthread_rwlock_t * m), (m))
COUNT_LOCK(pthread_rwlock_tryrdlock, (pthread_rwlock_t * m), (m))
COUNT_LOCK(pthread_rwlock_trywrlock, (pthread_rwlock_t * m), (m))
COUNT_LOCK(pthread_spin_lock, (pthread_spinlock_t * m), (m))
COUNT_LOCK(pthread_cond_wait, (pthread_cond_t * c, pthread_mutex_t *m), (c, m))
COUNT_LOCK(pthread_cond_timedwait, (pthread_cond_t * c, pthread_mutex_t *m, const struct timespec *t), (c, m, t))
COUNT_LOCK(pthread_mutex_clocklock, (pthread_mutex_t * m, clockid_t k, const struct timespec *t), (m, k, t))
COUNT_LOCK(pthread_cond_clockwait, (pthread_cond_t * c, pthread_mutex_t *m, clockid_t k, const struct timespec *t),
           (c, m, k, t))
COUNT_LOCK(pthread_cond_signal, (pthread_cond_t * c), (c))
COUNT_LOCK(pthread_cond_broadcast, (pthread_cond_t * c), (c))
COUNT_LOCK(sem_wait, (sem_t * s), (s))
COUNT_LOCK(sem_trywait, (sem_t * s), (s))
COUNT_LOCK(sem_timedwait, (sem_t * s, const struct timespec *t), (s, t))
COUNT_LOCK(sem_post, (sem_t * s), (s))
