package dev.ledgerstone.jobs;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.db.DatabaseSettings;
import dev.ledgerstone.events.Outbox;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A node in a process of its own, so that it can be killed: makes jobs, tells the id of each on a
 * line of its output when it is on disk, and runs them.
 */
final class JobsChild {
  /** Its end is written in the transaction of its work. */
  static final JobType WITHIN = JobType.of("kill.within", "Ends in its own transaction");

  /** Its end is written by the queue. */
  static final JobType BEHIND = JobType.of("kill.behind", "Ends behind its work");

  static final String EVENT = "kill.done";

  private static final int MAKERS = 4;

  private JobsChild() {}

  /**
   * @param arguments the database, the tenant, and whether to make jobs
   */
  public static void main(String[] arguments) throws InterruptedException {
    Database database = Database.open(DatabaseSettings.of(arguments[0]));
    UUID tenant = UUID.fromString(arguments[1]);
    Jobs jobs =
        new Jobs(
            database,
            Clock.systemUTC(),
            Jobs.Settings.of(32, Duration.ofSeconds(10), Duration.ofSeconds(5)),
            "node",
            new SimpleMeterRegistry());
    jobs.register(
        WITHIN,
        run -> {
          Thread.sleep(ThreadLocalRandom.current().nextInt(20));
          database.write(
              sql -> {
                Outbox.append(
                    sql,
                    List.of(
                        new Outbox.Event(
                            run.tenant(),
                            EVENT,
                            "jobs",
                            run.id(),
                            JsonNodeFactory.instance.objectNode())),
                    Instant.now());
                run.complete(sql, null);
                return null;
              });
          return null;
        });
    jobs.register(
        BEHIND,
        _ -> {
          Thread.sleep(ThreadLocalRandom.current().nextInt(20));
          return null;
        });
    jobs.start();
    if (Boolean.parseBoolean(arguments[2])) {
      for (int i = 0; i < MAKERS; i++) {
        JobType type = i % 2 == 0 ? WITHIN : BEHIND;
        Thread.ofPlatform().start(() -> make(jobs, type, tenant));
      }
    }
    Thread.currentThread().join();
  }

  private static void make(Jobs jobs, JobType type, UUID tenant) {
    while (true) {
      UUID id = jobs.submit(JobWish.of(type, tenant).attempts(1000));
      // One write of one line: a kill tears no line in two that would look like another id.
      byte[] line = (id + "\n").getBytes(java.nio.charset.StandardCharsets.US_ASCII);
      System.out.write(line, 0, line.length);
      System.out.flush();
      try {
        Thread.sleep(5);
      } catch (InterruptedException e) {
        return;
      }
    }
  }
}
