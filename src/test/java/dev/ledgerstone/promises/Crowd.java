package dev.ledgerstone.promises;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Many callers at once. */
final class Crowd {
  /** What one of them does. */
  @FunctionalInterface
  interface Member<T> {
    T act(int number) throws Exception;
  }

  private Crowd() {}

  /** Lets them all begin in the same moment; returns what each of them brought home. */
  static <T> List<T> of(int size, Member<T> member) throws Exception {
    CountDownLatch ready = new CountDownLatch(size);
    List<Future<T>> futures = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < size; i++) {
        int number = i;
        futures.add(
            threads.submit(
                () -> {
                  ready.countDown();
                  ready.await();
                  return member.act(number);
                }));
      }
      List<T> all = new ArrayList<>();
      for (Future<T> future : futures) {
        all.add(future.get());
      }
      return all;
    }
  }
}
