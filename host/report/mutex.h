// A mutex whose use clang checks: tests/style/lint fails where a guarded member is touched without
// it. std::mutex cannot be checked, for libstdc++'s does not say that it is a lock.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

#if defined(__clang__)
#define CLANG_CHECKS(attribute) __attribute__((attribute))
#else
#define CLANG_CHECKS(attribute)
#endif

// Behind a member: read and written only while `mutex` is held.
#define GUARDED_BY(mutex) CLANG_CHECKS(guarded_by(mutex))
// Behind a function's parameters, a lambda's too: whoever calls it holds `mutex`.
#define REQUIRES(mutex) CLANG_CHECKS(requires_capability(mutex))

// What Mutex and MutexLock are made of.
#define CAPABILITY(kind) CLANG_CHECKS(capability(kind))
#define SCOPED_CAPABILITY CLANG_CHECKS(scoped_lockable)
#define ACQUIRE(...) CLANG_CHECKS(acquire_capability(__VA_ARGS__))
#define RELEASE(...) CLANG_CHECKS(release_capability(__VA_ARGS__))

namespace stoa::report {

// A std::mutex, and nothing more at run time.
class CAPABILITY("mutex") Mutex {
 public:
  void lock() ACQUIRE() { mutex_.lock(); }
  void unlock() RELEASE() { mutex_.unlock(); }

 private:
  friend class CondVar;
  std::mutex mutex_;
};

// Holds `mutex` until the end of its scope.
class SCOPED_CAPABILITY MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) ACQUIRE(mutex) : mutex_(mutex) { mutex_.lock(); }
  ~MutexLock() RELEASE() { mutex_.unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mutex_;
};

// Waits for what other threads do under a Mutex. `done` runs with `mutex` held, and tells clang so:
//
//   changed_.wait(mutex_, [&]() REQUIRES(mutex_) { return ready_; });
class CondVar {
 public:
  void notify_all() noexcept { changed_.notify_all(); }

  // Gives `mutex` back while it waits, until `done` is true.
  template <class Done>
  void wait(Mutex& mutex, Done done) REQUIRES(mutex) {
    Held held(mutex);
    changed_.wait(held.lock, done);
  }
  // The same, but no longer than `timeout`: what `done` says in the end.
  template <class Done>
  bool wait_for(Mutex& mutex, std::chrono::milliseconds timeout, Done done) REQUIRES(mutex) {
    Held held(mutex);
    return changed_.wait_for(held.lock, timeout, done);
  }

 private:
  // The caller's lock as std::condition_variable wants it; the caller keeps it.
  struct Held {
    explicit Held(Mutex& mutex) : lock(mutex.mutex_, std::adopt_lock) {}
    ~Held() { lock.release(); }
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;
    std::unique_lock<std::mutex> lock;
  };

  std::condition_variable changed_;
};

}  // namespace stoa::report
