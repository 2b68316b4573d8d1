package dev.ledgerstone.jobs;

import static dev.ledgerstone.db.schema.Tables.EVENTS;
import static dev.ledgerstone.db.schema.Tables.JOBS;
import static dev.ledgerstone.db.schema.Tables.JOB_QUEUES;
import static dev.ledgerstone.db.schema.Tables.JOB_WORKERS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.schema.tables.records.JobAttemptsRecord;
import dev.ledgerstone.db.schema.tables.records.JobsRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource(Engine.class)
@Timeout(60)
class JobsTest {
  private static final JobType ECHO =
      JobType.of("test.echo", "Gives back what it is told")
          .backoff(Duration.ofMillis(10), Duration.ofMillis(40));

  private final Shop shop;

  JobsTest(Engine engine) {
    shop = new Shop(engine);
  }

  @AfterEach
  void close() {
    shop.close();
  }

  @Test
  void aJobThatIsEnqueuedIsRunAndItsResultKept() {
    Jobs jobs = shop.node("a");
    jobs.register(ECHO, JobRun::payload);
    jobs.start();

    UUID id = shop.enqueue(jobs, JobWish.of(ECHO, shop.tenant, Shop.text("hello")));

    JobsRecord job = shop.await(id, JobState.SUCCEEDED);
    assertThat(job.getResult()).isEqualTo(Shop.text("hello"));
    assertThat(job.getAttempts()).isEqualTo(1);
    assertThat(job.getProgressPercent()).isEqualTo(100);
    assertThat(job.getWorkerId()).isNull();
    assertThat(job.getFinishedAt()).isNotNull();
    assertThat(shop.attempts(id))
        .singleElement()
        .satisfies(
            it -> {
              assertThat(it.getOutcome()).isEqualTo("SUCCEEDED");
              assertThat(it.getWorker()).isEqualTo("a");
            });
  }

  @Test
  void everyMeterIsListed() throws IOException {
    Jobs jobs = shop.node("a");
    jobs.register(ECHO, JobRun::payload);
    jobs.start();
    shop.await(jobs.submit(JobWish.of(ECHO, shop.tenant)), JobState.SUCCEEDED);

    String page = Files.readString(Path.of("docs/metrics.md"));
    assertThat(shop.meters.getMeters())
        .filteredOn(it -> !it.getId().getName().endsWith(".histogram")) // this registry's own
        .hasSizeGreaterThan(4)
        .allSatisfy(it -> assertThat(page).contains("| `" + it.getId().getName() + "` |"));
  }

  @Test
  void aJobWhoseTransactionIsRolledBackWasNeverThere() {
    Jobs jobs = shop.node("a");
    AtomicInteger runs = new AtomicInteger();
    jobs.register(
        ECHO,
        _ -> {
          runs.incrementAndGet();
          return null;
        });
    jobs.start();

    assertThatThrownBy(
            () ->
                shop.database.write(
                    sql -> {
                      jobs.enqueue(sql, JobWish.of(ECHO, shop.tenant));
                      throw new IllegalStateException("changed my mind");
                    }))
        .isInstanceOf(IllegalStateException.class);

    shop.await(jobs.submit(JobWish.of(ECHO, shop.tenant)), JobState.SUCCEEDED);
    assertThat(runs).hasValue(1);
  }

  @Test
  void whatFailsIsTriedAgainAndAtLastADeadLetter() {
    Jobs jobs = shop.node("a");
    jobs.register(
        ECHO,
        run -> {
          throw new IllegalStateException("try " + run.attempt() + "\0");
        });
    jobs.start();

    UUID id = jobs.submit(JobWish.of(ECHO, shop.tenant).attempts(3));

    JobsRecord job = shop.await(id, JobState.FAILED);
    assertThat(job.getError()).isEqualTo("try 3 ");
    assertThat(shop.attempts(id))
        .extracting(JobAttemptsRecord::getOutcome, JobAttemptsRecord::getError)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple("FAILED", "try 1 "),
            org.assertj.core.groups.Tuple.tuple("FAILED", "try 2 "),
            org.assertj.core.groups.Tuple.tuple("FAILED", "try 3 "));
    assertThat(shop.attempts(id).getFirst().getStack()).contains("IllegalStateException");
    assertThat(shop.attempts(id).getLast().getRetryAt()).isNull();
    int told = shop.database.read(sql -> sql.fetchCount(EVENTS, EVENTS.TYPE.eq("jobs.failed")));
    assertThat(told).isEqualTo(1);
  }

  @Test
  void aHandlerMaySayThatNoFurtherTryIsWorthIt() {
    Jobs jobs = shop.node("a");
    jobs.register(
        ECHO,
        _ -> {
          throw JobFailure.forGood("no such document");
        });
    jobs.start();

    UUID id = jobs.submit(JobWish.of(ECHO, shop.tenant));

    assertThat(shop.await(id, JobState.FAILED).getAttempts()).isEqualTo(1);
  }

  @Test
  void aHandlerMaySayWhenToTryAgain() {
    Jobs jobs = shop.node("a");
    jobs.register(
        ECHO,
        _ -> {
          throw JobFailure.retryAfter(Duration.ofHours(1), "come back later", null);
        });
    jobs.start();

    UUID id = jobs.submit(JobWish.of(ECHO, shop.tenant));

    JobsRecord job = shop.await(id, JobState.SCHEDULED);
    assertThat(job.getRunAt()).isAfter(Instant.now().plus(Duration.ofMinutes(59)));
    assertThat(job.getError()).isEqualTo("come back later");
  }

  @Test
  void aResultThatCannotBeStoredIsAFailure() {
    Jobs jobs = shop.node("a");
    jobs.register(ECHO, _ -> TextNode.valueOf("a\0b"));
    jobs.start();

    UUID id = jobs.submit(JobWish.of(ECHO, shop.tenant));

    assertThat(shop.await(id, JobState.FAILED).getError()).startsWith("its result holds a NUL");
  }

  @Test
  void aDelayedJobWaitsForItsTime() {
    Jobs jobs = shop.node("a");
    jobs.register(ECHO, JobRun::payload);
    jobs.start();
    Instant at = Instant.now().plusMillis(400);

    UUID id = jobs.submit(JobWish.of(ECHO, shop.tenant).at(at));

    assertThat(shop.job(id).getState()).isEqualTo("SCHEDULED");
    assertThat(shop.await(id, JobState.SUCCEEDED).getStartedAt()).isAfterOrEqualTo(at);
  }

  @Test
  void ofAUniqueKeyThereIsOneJobUntilItHasEnded() {
    Jobs jobs = shop.node("a");
    JobWish wish = JobWish.of(ECHO, shop.tenant).unique("march");

    UUID first = shop.enqueue(jobs, wish);
    assertThat(shop.enqueue(jobs, wish)).isEqualTo(first);
    assertThat(jobs.submit(wish)).isEqualTo(first);
    assertThat(shop.enqueue(jobs, JobWish.of(ECHO, shop.tenant("other")).unique("march")))
        .isNotEqualTo(first);

    jobs.register(ECHO, JobRun::payload);
    jobs.start();
    shop.await(first, JobState.SUCCEEDED);
    assertThat(jobs.submit(wish)).isNotEqualTo(first);
  }

  @Test
  void aJobThatFindsASlotFreeIsWrittenAsOneThatRuns() throws InterruptedException {
    CountDownLatch goOn = new CountDownLatch(1);
    Jobs jobs = shop.node("a");
    jobs.register(
        ECHO,
        run -> {
          goOn.await();
          return run.payload();
        });
    jobs.start();

    UUID id = jobs.submit(JobWish.of(ECHO, shop.tenant, Shop.text("at once")));

    JobsRecord begun = shop.job(id);
    assertThat(begun.getState()).isEqualTo("RUNNING");
    assertThat(begun.getVersion()).as("written once so far").isEqualTo(1);
    assertThat(begun.getAttempts()).isEqualTo(1);
    assertThat(begun.getWorkerId()).isNotNull();
    goOn.countDown();
    JobsRecord ended = shop.await(id, JobState.SUCCEEDED);
    assertThat(ended.getVersion()).isEqualTo(2);
    assertThat(ended.getResult()).isEqualTo(Shop.text("at once"));
    assertThat(shop.attempts(id)).hasSize(1);
  }

  @Test
  void whoWaitsIsNotOvertakenByWhoComesLater() throws InterruptedException {
    CountDownLatch goOn = new CountDownLatch(1);
    List<String> order = Collections.synchronizedList(new ArrayList<>());
    Jobs jobs = shop.node("a", Clock.systemUTC(), 1);
    jobs.register(
        ECHO,
        run -> {
          order.add(run.payload().path("text").asText());
          goOn.await();
          return null;
        });
    jobs.start();

    jobs.submit(JobWish.of(ECHO, shop.tenant, Shop.text("first")));
    UUID second = jobs.submit(JobWish.of(ECHO, shop.tenant, Shop.text("second")));
    UUID third = jobs.submit(JobWish.of(ECHO, shop.tenant, Shop.text("third")));
    assertThat(shop.job(second).getState()).isEqualTo("QUEUED");
    goOn.countDown();

    shop.await(third, JobState.SUCCEEDED);
    assertThat(order).containsExactly("first", "second", "third");
  }

  @Test
  void aNodeRunsNoMoreAtOnceThanItHasSlotsHoweverManyCome() throws Exception {
    AtomicInteger now = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    Jobs jobs = shop.node("a", Clock.systemUTC(), 3);
    jobs.register(
        ECHO,
        _ -> {
          most.accumulateAndGet(now.incrementAndGet(), Math::max);
          Thread.sleep(1); // so that others could begin meanwhile
          now.decrementAndGet();
          return null;
        });
    jobs.start();

    try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<UUID>> all = new ArrayList<>();
      for (int i = 0; i < 300; i++) {
        all.add(callers.submit(() -> jobs.submit(JobWish.of(ECHO, shop.tenant))));
      }
      for (Future<UUID> each : all) {
        each.get();
      }
    }

    Shop.until(() -> succeeded() == 300);
    assertThat(most).hasValueBetween(1, 3);
  }

  @Test
  void aQueuesRuleHoldsForWhatIsSubmittedToo() throws InterruptedException {
    CountDownLatch goOn = new CountDownLatch(1);
    queue(false, 1, null);
    Jobs jobs = shop.node("a");
    jobs.register(
        ECHO,
        _ -> {
          goOn.await();
          return null;
        });
    jobs.start();

    UUID first = jobs.submit(JobWish.of(ECHO, shop.tenant));
    shop.await(first, JobState.RUNNING);
    UUID second = jobs.submit(JobWish.of(ECHO, shop.tenant));
    UUID other = jobs.submit(JobWish.of(ECHO, shop.tenant("other")));
    shop.await(other, JobState.RUNNING);
    assertThat(shop.job(second).getState()).isEqualTo("QUEUED");
    goOn.countDown();
    shop.await(second, JobState.SUCCEEDED);
  }

  @Test
  void theLowestPriorityNumberGoesFirstThenTheOldest() {
    List<String> order = Collections.synchronizedList(new ArrayList<>());
    Jobs jobs = shop.node("a", Clock.systemUTC(), 1);
    jobs.register(
        ECHO,
        run -> {
          order.add(run.payload().path("text").asText());
          return null;
        });
    UUID last = null;
    for (String each : List.of("9a", "5a", "0a", "5b", "0b", "9b")) {
      last =
          jobs.submit(
              JobWish.of(ECHO, shop.tenant, Shop.text(each)).priority(each.charAt(0) - '0'));
    }

    jobs.start();

    shop.await(Objects.requireNonNull(last), JobState.SUCCEEDED);
    assertThat(order).containsExactly("0a", "0b", "5a", "5b", "9a", "9b");
  }

  @Test
  void aTenantWithManyJobsDoesNotKeepOthersWaiting() {
    UUID other = shop.tenant("other");
    List<UUID> order = Collections.synchronizedList(new ArrayList<>());
    Jobs jobs = shop.node("a", Clock.systemUTC(), 2);
    jobs.register(
        ECHO,
        run -> {
          order.add(run.tenant());
          return null;
        });
    List<JobWish> many = Collections.nCopies(200, JobWish.of(ECHO, shop.tenant));
    shop.database.write(sql -> jobs.enqueue(sql, many));
    shop.database.write(
        sql -> jobs.enqueue(sql, Collections.nCopies(5, JobWish.of(ECHO, other).priority(9))));

    jobs.start();

    Shop.until(() -> order.size() == 205);
    assertThat(order.subList(0, 20)).as("of the first twenty").filteredOn(other::equals).hasSize(5);
  }

  @Test
  void aJobThatTakesTooLongIsInterruptedAndTriedAgain() {
    Jobs jobs = shop.node("a");
    jobs.register(
        ECHO,
        run -> {
          if (run.attempt() == 1) {
            new CountDownLatch(1).await();
          }
          return null;
        });
    jobs.start();

    UUID id = jobs.submit(JobWish.of(ECHO, shop.tenant).timeout(Duration.ofMillis(50)));

    shop.await(id, JobState.SUCCEEDED);
    assertThat(shop.attempts(id))
        .extracting(JobAttemptsRecord::getOutcome)
        .containsExactly("TIMEOUT", "SUCCEEDED");
  }

  @Test
  void aJobCanBeCancelledFromAnotherNodeWhileItRuns() throws InterruptedException {
    CountDownLatch begun = new CountDownLatch(1);
    Jobs jobs = shop.node("a");
    jobs.register(
        ECHO,
        run -> {
          begun.countDown();
          new CountDownLatch(1).await();
          return null;
        });
    jobs.start();
    UUID id = jobs.submit(JobWish.of(ECHO, shop.tenant));
    assertThat(begun.await(20, TimeUnit.SECONDS)).isTrue();

    // What another node does: it writes into the row, and nothing else.
    shop.database.write(
        sql ->
            sql.update(JOBS)
                .set(JOBS.CANCEL_REQUESTED_AT, Instant.now())
                .where(JOBS.ID.eq(id))
                .execute());

    shop.await(id, JobState.CANCELLED);
    assertThat(shop.attempts(id))
        .extracting(JobAttemptsRecord::getOutcome)
        .containsExactly("CANCELLED");
  }

  @Test
  void progressIsToldWhileItRuns() throws InterruptedException {
    CountDownLatch goOn = new CountDownLatch(1);
    Jobs jobs = shop.node("a");
    jobs.register(
        ECHO,
        run -> {
          run.progress(10, "reading");
          run.progress(40, "writing");
          goOn.await();
          return null;
        });
    jobs.start();
    UUID id = jobs.submit(JobWish.of(ECHO, shop.tenant));

    Shop.until(() -> Double.valueOf(40).equals(shop.job(id).getProgressPercent()));
    assertThat(shop.job(id).getProgressNote()).isEqualTo("writing");
    goOn.countDown();
    shop.await(id, JobState.SUCCEEDED);
  }

  @Test
  void aHandlerCanEndItsJobInItsOwnTransaction() {
    Jobs jobs = shop.node("a");
    jobs.register(
        ECHO,
        run -> {
          shop.database.write(
              sql -> {
                run.complete(sql, Shop.text("in mine"));
                return null;
              });
          return Shop.text("ignored");
        });
    jobs.start();

    UUID id = jobs.submit(JobWish.of(ECHO, shop.tenant));

    assertThat(shop.await(id, JobState.SUCCEEDED).getResult()).isEqualTo(Shop.text("in mine"));
    assertThat(shop.attempts(id)).hasSize(1);
  }

  @Test
  void whoWasTakenForDeadCannotEndWhatOthersHave() throws InterruptedException {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    AtomicReference<JobRun> slow = new AtomicReference<>();
    Jobs first = shop.node("first");
    first.register(
        ECHO,
        run -> {
          if (run.attempt() > 1) {
            return Shop.text("second");
          }
          slow.set(run);
          begun.countDown();
          boolean isDeaf = true;
          while (isDeaf) {
            try {
              goOn.await();
              isDeaf = false;
            } catch (InterruptedException _) {
              // A handler that does not listen.
            }
          }
          shop.database.write(
              sql -> {
                run.complete(sql, Shop.text("first"));
                return null;
              });
          return null;
        });
    first.start();
    UUID id = first.submit(JobWish.of(ECHO, shop.tenant));
    assertThat(begun.await(20, TimeUnit.SECONDS)).isTrue();

    // Others take its worker for dead: they put its jobs back.
    UUID old = shop.job(id).getWorkerId();
    shop.database.write(
        sql ->
            sql.update(JOB_WORKERS)
                .set(JOB_WORKERS.STOPPED_AT, Instant.now())
                .where(JOB_WORKERS.ID.eq(old))
                .execute());

    assertThat(shop.await(id, JobState.SUCCEEDED).getResult()).isEqualTo(Shop.text("second"));
    goOn.countDown();
    Shop.until(() -> Objects.requireNonNull(slow.get()).stopped() != null);
    first.close();
    assertThat(shop.job(id).getResult()).isEqualTo(Shop.text("second"));
    assertThat(shop.attempts(id))
        .extracting(JobAttemptsRecord::getOutcome)
        .containsExactly("LOST", "SUCCEEDED");
  }

  @Test
  void aDeadNodesJobsAreTakenOver() {
    UUID dead = Ids.next();
    shop.database.write(
        sql ->
            sql.insertInto(JOB_WORKERS)
                .set(JOB_WORKERS.ID, dead)
                .set(JOB_WORKERS.NAME, "dead")
                .set(JOB_WORKERS.STARTED_AT, Shop.NOW)
                .set(JOB_WORKERS.HEARTBEAT_AT, Shop.NOW)
                .execute());
    Jobs jobs = shop.node("a");
    jobs.register(ECHO, JobRun::payload);
    UUID again = jobs.submit(JobWish.of(ECHO, shop.tenant));
    UUID last = jobs.submit(JobWish.of(ECHO, shop.tenant).attempts(1));
    shop.database.write(
        sql ->
            sql.update(JOBS)
                .set(JOBS.STATE, "RUNNING")
                .set(JOBS.WORKER_ID, dead)
                .set(JOBS.ATTEMPTS, 1)
                .set(JOBS.STARTED_AT, Shop.NOW)
                .execute());

    jobs.start();

    shop.await(again, JobState.SUCCEEDED);
    shop.await(last, JobState.FAILED);
    assertThat(shop.attempts(again))
        .extracting(JobAttemptsRecord::getOutcome)
        .containsExactly("LOST", "SUCCEEDED");
    assertThat(shop.meters.counter("ledgerstone.jobs.taken_over").count()).isEqualTo(2);
  }

  @Test
  void aNodeThatStopsPutsBackWhatDoesNotEnd() throws InterruptedException {
    CountDownLatch begun = new CountDownLatch(1);
    Jobs first = shop.node("first");
    first.register(
        ECHO,
        run -> {
          begun.countDown();
          new CountDownLatch(1).await();
          return null;
        });
    first.start();
    UUID id = first.submit(JobWish.of(ECHO, shop.tenant));
    assertThat(begun.await(20, TimeUnit.SECONDS)).isTrue();

    first.close();

    assertThat(shop.job(id).getState()).isEqualTo("QUEUED");
    Jobs second = shop.node("second");
    second.register(ECHO, JobRun::payload);
    second.start();
    shop.await(id, JobState.SUCCEEDED);
  }

  @Test
  void aPausedQueueWaitsAndOtherTenantsGoOn() {
    Jobs jobs = shop.node("a");
    jobs.register(ECHO, JobRun::payload);
    queue(true, null, null);
    jobs.start();

    UUID paused = jobs.submit(JobWish.of(ECHO, shop.tenant));
    UUID other = jobs.submit(JobWish.of(ECHO, shop.tenant("other")));

    shop.await(other, JobState.SUCCEEDED);
    assertThat(shop.job(paused).getState()).isEqualTo("QUEUED");
    shop.database.write(sql -> sql.update(JOB_QUEUES).set(JOB_QUEUES.IS_PAUSED, false).execute());
    shop.await(paused, JobState.SUCCEEDED);
  }

  @Test
  void aTenantRunsNoMoreAtOnceThanItsQueueAllows() {
    AtomicInteger now = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    queue(false, 2, null);
    List<Jobs> nodes = List.of(shop.node("a"), shop.node("b"));
    for (Jobs node : nodes) {
      node.register(
          ECHO,
          _ -> {
            most.accumulateAndGet(now.incrementAndGet(), Math::max);
            Thread.sleep(2); // so that others could begin meanwhile
            now.decrementAndGet();
            return null;
          });
      node.start();
    }
    shop.database.write(
        sql ->
            nodes.getFirst().enqueue(sql, Collections.nCopies(60, JobWish.of(ECHO, shop.tenant))));

    Shop.until(() -> succeeded() == 60);

    assertThat(most).hasValueBetween(1, 2);
  }

  @Test
  void aTenantBeginsNoMoreInAMinuteThanItsQueueAllows() {
    Jobs jobs = shop.node("a");
    jobs.register(ECHO, JobRun::payload);
    queue(false, null, 600); // ten a second, and as many at once
    long begun = System.nanoTime();
    shop.database.write(
        sql -> jobs.enqueue(sql, Collections.nCopies(25, JobWish.of(ECHO, shop.tenant))));

    jobs.start();

    Shop.until(() -> succeeded() == 25);
    assertThat(Duration.ofNanos(System.nanoTime() - begun))
        .isBetween(Duration.ofMillis(1400), Duration.ofSeconds(10));
  }

  private void queue(boolean isPaused, @Nullable Integer maxRunning, @Nullable Integer rate) {
    shop.database.write(
        sql ->
            sql.insertInto(JOB_QUEUES)
                .set(JOB_QUEUES.ID, Ids.next())
                .set(JOB_QUEUES.TENANT_ID, shop.tenant)
                .set(JOB_QUEUES.NAME, "default")
                .set(JOB_QUEUES.IS_PAUSED, isPaused)
                .set(JOB_QUEUES.MAX_RUNNING, maxRunning)
                .set(JOB_QUEUES.RATE_PER_MINUTE, rate)
                .set(JOB_QUEUES.CREATED_AT, Shop.NOW)
                .set(JOB_QUEUES.UPDATED_AT, Shop.NOW)
                .execute());
  }

  private int succeeded() {
    return shop.database.read(sql -> sql.fetchCount(JOBS, JOBS.STATE.eq("SUCCEEDED")));
  }

  @Test
  void severalNodesRunEachJobOnce() {
    AtomicInteger runs = new AtomicInteger();
    List<Jobs> nodes = List.of(shop.node("a"), shop.node("b"), shop.node("c"));
    for (Jobs node : nodes) {
      node.register(
          ECHO,
          _ -> {
            runs.incrementAndGet();
            return JsonNodeFactory.instance.objectNode();
          });
      node.start();
    }
    for (int i = 0; i < 10; i++) {
      shop.database.write(
          sql ->
              nodes
                  .getFirst()
                  .enqueue(sql, Collections.nCopies(50, JobWish.of(ECHO, shop.tenant))));
    }

    Shop.until(() -> succeeded() == 500);

    assertThat(runs).hasValue(500);
  }

  @Test
  void aKindThatNobodyKnowsWaitsForANodeThatDoes() {
    Jobs old = shop.node("old");
    old.start();
    UUID id = old.submit(JobWish.of(ECHO, shop.tenant));

    JobsRecord job = shop.await(id, JobState.SCHEDULED);

    assertThat(job.getError()).isEqualTo("no handler runs jobs of the kind test.echo");
  }
}
