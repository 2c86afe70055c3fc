#pragma once
// Names for clang's -Wthread-safety attributes, empty for other compilers. A Reactor is a capability: what it owns is
// marked LW_GUARDED_BY(reactor), and code that runs on it says so with assert_home(). Any thread.

#if defined(__clang__)
#define LW_THREAD_ATTRIBUTE(x) __attribute__((x))
#else
#define LW_THREAD_ATTRIBUTE(x)
#endif

#define LW_CAPABILITY(name) LW_THREAD_ATTRIBUTE(capability(name))
#define LW_GUARDED_BY(capability) LW_THREAD_ATTRIBUTE(guarded_by(capability))
#define LW_REQUIRES(...) LW_THREAD_ATTRIBUTE(requires_capability(__VA_ARGS__))
#define LW_ASSERT_CAPABILITY(...) LW_THREAD_ATTRIBUTE(assert_capability(__VA_ARGS__))
