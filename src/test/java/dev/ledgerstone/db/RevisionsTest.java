package dev.ledgerstone.db;

import static dev.ledgerstone.db.schema.Tables.REVISIONS;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource(Engine.class)
class RevisionsTest {
  private final Database database;

  /** Polls by hand only. */
  @AutoClose private final Revisions revisions;

  RevisionsTest(Engine engine) {
    database = TestDatabases.fresh(engine);
    revisions = new Revisions(database, Duration.ofHours(1));
  }

  private void raise(String name) {
    database.write(
        sql ->
            sql.update(REVISIONS)
                .set(REVISIONS.REVISION, REVISIONS.REVISION.plus(1))
                .where(REVISIONS.NAME.eq(name))
                .execute());
  }

  @Test
  void aListenerHearsOfItsNameAloneAndOnceAChange() {
    AtomicInteger access = new AtomicInteger();
    AtomicInteger prices = new AtomicInteger();
    revisions.on("access", access::incrementAndGet);
    revisions.on("prices", prices::incrementAndGet);

    revisions.poll();
    assertThat(access).hasValue(0);
    raise("access");
    raise("access");
    assertThat(revisions.poll()).isTrue();
    assertThat(access).hasValue(1);
    revisions.poll();
    assertThat(access).hasValue(1);
    assertThat(prices).hasValue(0);
  }

  @Test
  void aTriggerRaisesTheNumber() {
    AtomicInteger heard = new AtomicInteger();
    revisions.on("access", heard::incrementAndGet);

    database.write(
        sql ->
            sql.execute(
                """
                insert into tenants (id, slug, name, created_at, updated_at) values
                ('00000000-0000-7000-8000-000000000001', 't', 'T', '2026-01-01T00:00:00.000000Z', '2026-01-01T00:00:00.000000Z')
                """));
    revisions.poll();

    assertThat(heard).hasValue(1);
  }

  @Test
  void aNumberThatFellAfterARestoreCountsToo() {
    raise("access");
    AtomicInteger heard = new AtomicInteger();
    revisions.on("access", heard::incrementAndGet);

    database.write(sql -> sql.update(REVISIONS).set(REVISIONS.REVISION, 0L).execute());
    revisions.poll();

    assertThat(heard).hasValue(1);
  }

  @Test
  void aListenerThatFailsIsRunAgainAndDoesNotStopTheOthers() {
    AtomicInteger tries = new AtomicInteger();
    AtomicInteger other = new AtomicInteger();
    revisions.on(
        "access",
        () -> {
          if (tries.incrementAndGet() == 1) {
            throw new IllegalStateException("the first time it fails");
          }
        });
    revisions.on("access", other::incrementAndGet);

    raise("access");
    revisions.poll();
    assertThat(other).hasValue(1);
    revisions.poll();
    revisions.poll();

    assertThat(tries).hasValue(2);
    assertThat(other).hasValue(1);
  }

  @Test
  void aListenerMayPoll() {
    AtomicInteger heard = new AtomicInteger();
    revisions.on(
        "access",
        () -> {
          heard.incrementAndGet();
          revisions.poll();
        });
    raise("access");
    revisions.poll();

    assertThat(heard).hasValue(1);
  }

  @Test
  void itPollsByItself() throws InterruptedException {
    BlockingQueue<String> heard = new LinkedBlockingQueue<>();
    try (Revisions own = new Revisions(database)) {
      own.on("access", () -> heard.add("access"));
      raise("access");

      assertThat(heard.poll(10, TimeUnit.SECONDS)).isEqualTo("access");
    }
  }

  @Test
  void whatChangedWhileTheDatabaseWasAwayIsToldWhenItIsBack() {
    AtomicInteger heard = new AtomicInteger();
    AtomicInteger late = new AtomicInteger();
    revisions.on("access", heard::incrementAndGet);

    database.write(sql -> sql.execute("alter table revisions rename to hidden"));
    assertThat(revisions.poll()).isFalse();
    revisions.on("access", late::incrementAndGet);
    database.write(
        sql -> {
          sql.execute("alter table hidden rename to revisions");
          return null;
        });
    raise("access");

    assertThat(revisions.poll()).isTrue();
    assertThat(heard).hasValue(1);
    assertThat(late).hasValue(1);
  }
}
