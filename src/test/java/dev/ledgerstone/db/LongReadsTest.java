package dev.ledgerstone.db;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Queries that take long keep nobody from running who asks the database nothing. */
class LongReadsTest {
  /** More than the threads that carry virtual ones. */
  private static final int LONG_READS = Runtime.getRuntime().availableProcessors() + 1;

  @ParameterizedTest
  @EnumSource(Engine.class)
  void otherVirtualThreadsRunMeanwhile(Engine engine) throws Exception {
    String endless =
        "with recursive n (i) as (select 1 union all select i + 1 from n) select count(*) from n";
    try (Database made = TestDatabases.fresh(engine);
        Database database =
            Database.open(
                new DatabaseSettings(
                    TestDatabases.url(made), LONG_READS + 1, 1, Duration.ofSeconds(10)))) {
      CountDownLatch begun = new CountDownLatch(LONG_READS);
      AtomicInteger ended = new AtomicInteger();
      List<PreparedStatement> running = new ArrayList<>();
      List<Thread> readers = new ArrayList<>();
      for (int i = 0; i < LONG_READS; i++) {
        readers.add(
            Thread.startVirtualThread(
                () -> {
                  database.readJdbc(
                      connection -> {
                        try (PreparedStatement query = connection.prepareStatement(endless)) {
                          synchronized (running) {
                            running.add(query);
                          }
                          begun.countDown();
                          query.executeQuery();
                        } catch (SQLException cancelled) {
                          ended.incrementAndGet();
                        }
                        return null;
                      });
                }));
      }
      try {
        assertThat(begun.await(20, TimeUnit.SECONDS)).isTrue();

        CompletableFuture<Integer> idle = new CompletableFuture<>();
        Thread.startVirtualThread(() -> idle.complete(1));
        CompletableFuture<Long> asking = new CompletableFuture<>();
        Thread.startVirtualThread(
            () ->
                asking.complete(
                    database.read(sql -> sql.resultQuery("select 7").fetchSingle(0, Long.class))));

        assertThat(idle.get(20, TimeUnit.SECONDS)).isEqualTo(1);
        assertThat(asking.get(20, TimeUnit.SECONDS)).isEqualTo(7);
        assertThat(ended).hasValue(0);
      } finally {
        for (Thread reader : readers) {
          do {
            synchronized (running) {
              for (PreparedStatement each : running) {
                each.cancel();
              }
            }
          } while (!reader.join(Duration.ofMillis(50)));
        }
      }
    }
  }
}
