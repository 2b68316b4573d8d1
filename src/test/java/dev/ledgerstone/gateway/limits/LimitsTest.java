package dev.ledgerstone.gateway.limits;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ledgerstone.base.Ids;
import dev.ledgerstone.problem.ProblemException;
import dev.ledgerstone.settings.Config;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

class LimitsTest {
  private static final UUID PLATFORM = Ids.next();
  private static final UUID TENANT = Ids.next();
  private static final UUID KEY = Ids.next();
  private static final Subjects CALL = call(TENANT, KEY, "glm-4.5");

  private final SettableClock clock = new SettableClock();

  @Test
  void aQuotaIsExactAndNoMore() {
    Limits limits = limits(requests(3));
    assertThat(passes(limits, CALL, 5)).isEqualTo(3);
  }

  @Test
  void theQuotaComesBackEvenlyOverTheWindow() {
    Limits limits = limits(requests(60));
    passes(limits, CALL, 60);

    clock.pass(ofMillis(999));
    assertThat(passes(limits, CALL, 1)).isZero();
    clock.pass(ofMillis(1));
    assertThat(passes(limits, CALL, 5)).isEqualTo(1);
    clock.pass(ofSeconds(10));
    assertThat(passes(limits, CALL, 50)).isEqualTo(10);
    clock.pass(ofMinutes(10));
    assertThat(passes(limits, CALL, 100)).isEqualTo(60);
  }

  @Test
  void aBurstIsMoreAtOnceAndNotMoreInTheLongRun() {
    Limits limits = limits(policy(SubjectKind.API_KEY, "*", 60, Unit.REQUESTS, 30));
    assertThat(passes(limits, CALL, 200)).isEqualTo(90);
    clock.pass(ofMinutes(1));
    assertThat(passes(limits, CALL, 200)).isEqualTo(60);
  }

  @Test
  void eachSubjectHasAQuotaOfItsOwn() {
    Limits limits = limits(requests(2));
    assertThat(passes(limits, CALL, 5)).isEqualTo(2);
    assertThat(passes(limits, call(TENANT, Ids.next(), "glm-4.5"), 5)).isEqualTo(2);
  }

  @Test
  void aPolicyThatNamesItsSubjectGoesBeforeTheOneForEach() {
    UUID other = Ids.next();
    Limits limits =
        limits(
            requests(2),
            policy(SubjectKind.API_KEY, KEY.toString(), 5, Unit.REQUESTS, 0),
            policy(SubjectKind.API_KEY, other.toString(), 1, Unit.REQUESTS, 0));
    assertThat(passes(limits, CALL, 9)).isEqualTo(5);
    assertThat(passes(limits, call(TENANT, other, "m"), 9)).isEqualTo(1);
    assertThat(passes(limits, call(TENANT, Ids.next(), "m"), 9)).isEqualTo(2);
  }

  @Test
  void aSubjectThatIsNamedKeepsThePoliciesForEachOfOtherUnits() {
    Limits limits =
        limits(
            policy(SubjectKind.API_KEY, "*", 1, Unit.CONCURRENT, 0),
            policy(SubjectKind.API_KEY, KEY.toString(), 5, Unit.REQUESTS, 0));
    Grant first = limits.acquire(CALL, new Worst(1, 0));
    assertThat(passes(limits, CALL, 1)).isZero();
    first.close();
    assertThat(passes(limits, CALL, 1)).isEqualTo(1);
  }

  @Test
  void addressesAreTheSameHoweverTheyAreWritten() {
    Limits limits = limits(policy(SubjectKind.IP, "2001:DB8::1", 1, Unit.REQUESTS, 0));
    Subjects call = new Subjects(TENANT, null, null, "2001:db8:0:0:0:0:0:1", null);
    assertThat(passes(limits, call, 5)).isEqualTo(1);
  }

  @Test
  void aModelIsNamedWithItsProviderOrForAllOfThem() {
    Limits limits =
        limits(
            policy(SubjectKind.MODEL, "glm-4.5", 3, Unit.REQUESTS, 0),
            policy(SubjectKind.MODEL, "mine/glm-4.5", 7, Unit.REQUESTS, 0));
    assertThat(passes(limits, call(TENANT, KEY, "zai/glm-4.5"), 2)).isEqualTo(2);
    assertThat(passes(limits, call(TENANT, KEY, "openrouter/glm-4.5"), 9)).isEqualTo(1);
    assertThat(passes(limits, call(TENANT, KEY, "mine/glm-4.5"), 9)).isEqualTo(7);
    assertThat(passes(limits, call(TENANT, KEY, "zai/other"), 9)).isEqualTo(9);
  }

  @Test
  void aTenantsPoliciesHoldItsOwnCallsOnly() {
    Limits limits =
        limits(
            policy(SubjectKind.GLOBAL, "*", 1, Unit.REQUESTS, 0),
            policy(SubjectKind.MODEL, "glm-4.5", 1, Unit.REQUESTS, 0));
    assertThat(passes(limits, call(Ids.next(), KEY, "glm-4.5"), 5)).isEqualTo(5);
    assertThat(passes(limits, CALL, 5)).isEqualTo(1);
  }

  @Test
  void aTenantCannotLoosenThePlatformsPolicies() {
    Limits limits =
        limits(
            policy(PLATFORM, SubjectKind.TENANT, "*", 2, Unit.REQUESTS, 0),
            policy(SubjectKind.TENANT, TENANT.toString(), 50, Unit.REQUESTS, 0));
    assertThat(passes(limits, CALL, 9)).isEqualTo(2);
    assertThat(passes(limits, call(Ids.next(), KEY, "m"), 9)).isEqualTo(2);
    assertThat(refusal(limits, CALL, 1).policy()).isEqualTo("platform-tenant-requests-60s");
  }

  @Test
  void thePlatformsGlobalPolicyIsOneBucketForAll() {
    Limits limits = limits(policy(PLATFORM, SubjectKind.GLOBAL, "*", 3, Unit.REQUESTS, 0));
    assertThat(passes(limits, CALL, 2)).isEqualTo(2);
    assertThat(passes(limits, call(Ids.next(), Ids.next(), "m"), 9)).isEqualTo(1);
  }

  @Test
  void aBypassLiftsItsTenantsLimitsUntilItEnds() {
    Limits limits = inProcess(Policies.none());
    limits.use(
        Policies.of(
            List.of(requests(1), policy(PLATFORM, SubjectKind.USER, "*", 9, Unit.REQUESTS, 0)),
            List.of(
                new Bypass(
                    TENANT, SubjectKind.API_KEY, KEY.toString(), clock.instant().plusSeconds(10))),
            PLATFORM));
    assertThat(passes(limits, CALL, 5)).isEqualTo(5);
    assertThat(passes(limits, CALL, 9)).as("the platform's limit stays").isEqualTo(4);
    clock.pass(ofSeconds(30));
    assertThat(passes(limits, CALL, 9)).isEqualTo(1);
  }

  @Test
  void aBypassOfThePlatformLiftsEveryLimit() {
    Limits limits =
        inProcess(
            Policies.of(
                List.of(requests(1), policy(PLATFORM, SubjectKind.GLOBAL, "*", 1, Unit.TOKENS, 0)),
                List.of(
                    new Bypass(PLATFORM, SubjectKind.TENANT, "*", clock.instant().plusSeconds(9))),
                PLATFORM));
    assertThat(passes(limits, CALL, 50)).isEqualTo(50);
  }

  @Test
  void ifOnePolicyRefusesNothingIsTakenFromTheOthers() {
    Limits limits =
        limits(
            requests(10),
            policy(SubjectKind.TENANT, "*", 10, Unit.CONCURRENT, 0),
            policy(SubjectKind.MODEL, "glm-4.5", 1, Unit.REQUESTS, 0));
    limits.acquire(CALL, new Worst(1, 0)).close();
    for (int i = 0; i < 50; i++) {
      assertThat(refusal(limits, CALL, 1).policy()).isEqualTo("model-requests-60s");
    }
    assertThat(passes(limits, call(TENANT, KEY, "another"), 20))
        .as("the key's other nine, none of which the fifty refused calls took")
        .isEqualTo(9);
  }

  @Test
  void whatWasTakenGoesBackWhenALaterBucketIsLostToAnotherCall() {
    // The state behind Limits asks before it takes; here the loser's view is made stale on purpose.
    LocalLimitState state = new LocalLimitState(clock::nanos);
    Demand first = demand(requests(5), 0);
    Demand second = demand(policy(SubjectKind.MODEL, "m", 1, Unit.REQUESTS, 0), 1);
    Demand twice = new Demand(second.rule(), second.subject(), 1);
    assertThat(state.take(List.of(first, second, twice))).isInstanceOf(Taking.Refused.class);
    assertThat(state.take(List.of(first, second))).isInstanceOf(Taking.Taken.class);
    assertThat(state.take(List.of(new Demand(first.rule(), first.subject(), 4))))
        .as("four of five are left: the refused try took none")
        .isInstanceOf(Taking.Taken.class);
  }

  @Test
  void theWorstCaseOfTokensIsTakenAndTheRestComesBack() {
    Limits limits = limits(policy(SubjectKind.API_KEY, "*", 1000, Unit.TOKENS, 0));
    Grant grant = limits.acquire(CALL, new Worst(900, 0));
    assertThat(refusal(limits, CALL, 200).unit()).isEqualTo(Unit.TOKENS);
    grant.settle(100, 0);
    grant.settle(0, 0); // a second time counts for nothing
    limits.acquire(CALL, new Worst(900, 0));
    assertThat(refusal(limits, CALL, 1)).isInstanceOf(LimitProblem.Exceeded.class);
  }

  @Test
  void whatWasUsedBeyondTheWorstCaseIsADebtThatTimeRepays() {
    Limits limits = limits(policy(SubjectKind.API_KEY, "*", 600, Unit.TOKENS, 0));
    limits.acquire(CALL, new Worst(600, 0)).settle(900, 0);
    clock.pass(ofSeconds(30)); // 300 of 600 a minute: the debt is repaid, nothing is there
    LimitProblem.Exceeded refusal = (LimitProblem.Exceeded) refusal(limits, CALL, 10);
    assertThat(refusal.retryAfter()).isEqualTo(ofSeconds(1));
    clock.pass(ofSeconds(1));
    limits.acquire(CALL, new Worst(10, 0));
  }

  @Test
  void aCallLargerThanTheWholeBucketWaitsForAFullOneAndThenOwesTheRest() {
    Limits limits = limits(policy(SubjectKind.API_KEY, "*", 600, Unit.TOKENS, 0));
    limits.acquire(CALL, new Worst(16_384, 0)).settle(1200, 0);
    LimitProblem.Exceeded refusal = (LimitProblem.Exceeded) refusal(limits, CALL, 16_384);
    assertThat(refusal.retryAfter()).isEqualTo(ofMinutes(2));
    clock.pass(ofMinutes(2));
    limits.acquire(CALL, new Worst(16_384, 0));
  }

  @Test
  void aRefusalNamesThePolicyAndTheTimeToWait() {
    Limits limits = limits(requests(6), policy(SubjectKind.TENANT, "*", 100, Unit.REQUESTS, 0));
    passes(limits, CALL, 6);
    LimitProblem problem = refusal(limits, CALL, 1);
    assertThat(problem.status()).isEqualTo(429);
    assertThat(problem.code()).isEqualTo("rate_limit_exceeded");
    assertThat(problem.detail())
        .isEqualTo("the limit api_key-requests-60s allows 6 requests in 1m");
    assertThat(problem.headers())
        .containsEntry("Retry-After", "10")
        .containsEntry("RateLimit", "\"api_key-requests-60s\";r=0;t=10")
        .containsEntry(
            "RateLimit-Policy",
            "\"tenant-requests-60s\";q=100;w=60, \"api_key-requests-60s\";q=6;w=60");
  }

  @Test
  void anAnswerSaysWhatIsLeftTheTightestFirst() {
    Limits limits =
        limits(
            requests(600),
            policy(SubjectKind.TENANT, "*", 10, Unit.CONCURRENT, 0),
            policy(SubjectKind.MODEL, "*", 100_000, Unit.TOKENS, 0));
    try (Grant grant = limits.acquire(CALL, new Worst(60_000, 0))) {
      assertThat(grant.headers())
          .containsEntry(
              "RateLimit-Policy",
              "\"tenant-concurrent\";q=10;qu=\"concurrent-requests\","
                  + " \"api_key-requests-60s\";q=600;w=60,"
                  + " \"model-tokens-60s\";q=100000;qu=\"tokens\";w=60")
          .containsEntry(
              "RateLimit",
              "\"model-tokens-60s\";r=40000;t=24, \"tenant-concurrent\";r=9,"
                  + " \"api_key-requests-60s\";r=599;t=60");
    }
  }

  @Test
  void aCallThatNoPolicyHoldsHasNoHeaders() {
    try (Grant grant = inProcess(Policies.none()).acquire(CALL, new Worst(5, 0))) {
      grant.settle(5, 0);
      assertThat(grant.headers()).isEmpty();
    }
  }

  @Test
  void aRunningCallIsReleasedOnceHoweverOftenItIsClosed() {
    Limits limits = limits(policy(SubjectKind.API_KEY, "*", 2, Unit.CONCURRENT, 0));
    Grant first = limits.acquire(CALL, new Worst(1, 0));
    Grant second = limits.acquire(CALL, new Worst(1, 0));
    assertThat(refusal(limits, CALL, 1)).isInstanceOf(LimitProblem.TooManyAtOnce.class);
    first.close();
    first.close();
    first.settle(3, 0);
    first.close();
    Grant third = limits.acquire(CALL, new Worst(1, 0));
    assertThat(refusal(limits, CALL, 1).headers()).containsEntry("Retry-After", "1");
    second.close();
    third.close();
    limits.acquire(CALL, new Worst(1, 0));
    limits.acquire(CALL, new Worst(1, 0));
    refusal(limits, CALL, 1);
  }

  @Test
  void responsesInTheBackgroundAreHeldByWhatThereIsAndCallsAreNot() {
    Limits limits =
        limits(
            policy(SubjectKind.TENANT, "*", 3, Unit.BACKGROUND, 0),
            policy(SubjectKind.API_KEY, "*", 2, Unit.BACKGROUND, 0));
    limits.admitBackground(CALL, 9, (kind, _) -> kind == SubjectKind.TENANT ? 2 : 1);

    LimitProblem ofKey =
        tooMany(
            limits, CALL, 9, (kind, id) -> kind == SubjectKind.API_KEY && id.equals(KEY) ? 2 : 0);
    LimitProblem ofTenant =
        tooMany(
            limits, CALL, 9, (kind, id) -> kind == SubjectKind.TENANT && id.equals(TENANT) ? 3 : 0);
    LimitProblem ofAll = tooMany(limits, CALL, 1, (_, _) -> 1);

    assertThat(ofKey.policy()).isEqualTo("api_key-background");
    assertThat(ofKey.headers())
        .containsEntry("Retry-After", "5")
        .containsEntry("RateLimit", "\"api_key-background\";r=0")
        .containsEntry(
            "RateLimit-Policy",
            "\"tenant-background\";q=3;qu=\"background-responses\","
                + " \"api_key-background\";q=2;qu=\"background-responses\"");
    assertThat(ofTenant.policy()).isEqualTo("tenant-background");
    assertThat(ofTenant.status()).isEqualTo(429);
    assertThat(ofAll.policy()).isEqualTo("gateway.background_responses");
    assertThat(ofAll.hint()).contains("cancel", "gateway.background_responses");
    assertThat(passes(limits, CALL, 9)).isEqualTo(9);
  }

  @Test
  void aBypassLiftsLimitsOfResponsesInTheBackgroundButNotTheBoundOfAll() {
    Limits limits =
        inProcess(
            Policies.of(
                List.of(policy(SubjectKind.TENANT, "*", 1, Unit.BACKGROUND, 0)),
                List.of(
                    new Bypass(
                        TENANT, SubjectKind.TENANT, "*", clock.instant().plus(ofMinutes(1)))),
                PLATFORM));
    limits.admitBackground(CALL, 9, (_, _) -> 8);

    tooMany(limits, CALL, 9, (_, _) -> 9);
    clock.pass(ofMinutes(2));
    tooMany(limits, CALL, 9, (_, _) -> 1);
  }

  @Test
  void responsesInTheBackgroundAreNotCountedByAddressOrModel() {
    for (SubjectKind kind : List.of(SubjectKind.IP, SubjectKind.MODEL, SubjectKind.GLOBAL)) {
      assertThatThrownBy(() -> policy(kind, "*", 1, Unit.BACKGROUND, 0))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  private static LimitProblem tooMany(
      Limits limits, Subjects subjects, long most, Limits.Counted there) {
    ProblemException e =
        catchThrowableOfType(
            ProblemException.class, () -> limits.admitBackground(subjects, most, there));
    assertThat(e).as("it is refused").isNotNull();
    assertThat(e.problem()).isInstanceOf(LimitProblem.TooManyInBackground.class);
    return (LimitProblem) e.problem();
  }

  @Test
  void aCallThatFailsIsReleasedToo() {
    Limits limits = limits(policy(SubjectKind.API_KEY, "*", 1, Unit.CONCURRENT, 0));
    for (int i = 0; i < 10; i++) {
      assertThatThrownBy(
              () -> {
                try (Grant _ = limits.acquire(CALL, new Worst(1, 0))) {
                  throw new IllegalStateException("the upstream fell over");
                }
              })
          .isInstanceOf(IllegalStateException.class);
    }
    assertThat(passes(limits, CALL, 1)).isEqualTo(1);
  }

  @Test
  void twoHundredThreadsGetTheQuotaExactly() throws Exception {
    Limits limits =
        limits(requests(100), policy(SubjectKind.TENANT, "*", 1_000_000, Unit.TOKENS, 0));
    AtomicInteger passed = new AtomicInteger();
    race(
        200,
        () -> {
          for (int i = 0; i < 20; i++) {
            passed.addAndGet(passes(limits, CALL, 1));
          }
        });
    assertThat(passed).hasValue(100);
  }

  @Test
  void twoHundredThreadsNeverRunMoreAtOnceThanAllowed() throws Exception {
    Limits limits =
        limits(policy(SubjectKind.API_KEY, "*", 7, Unit.CONCURRENT, 0), requests(90_000));
    AtomicInteger running = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    AtomicInteger passed = new AtomicInteger();
    race(
        200,
        () -> {
          for (int i = 0; i < 100; i++) {
            try (Grant _ = limits.acquire(CALL, new Worst(1, 0))) {
              most.accumulateAndGet(running.incrementAndGet(), Math::max);
              LockSupport.parkNanos(1000);
              running.decrementAndGet();
              passed.incrementAndGet();
            } catch (ProblemException e) {
              assertThat(e.problem()).isInstanceOf(LimitProblem.TooManyAtOnce.class);
            }
          }
        });
    assertThat(most.get()).isBetween(1, 7);
    assertThat(passed.get()).isPositive();
    List<Grant> grants = new ArrayList<>();
    for (int i = 0; i < 7; i++) {
      grants.add(limits.acquire(CALL, new Worst(1, 0))); // all seven places are free again
    }
    refusal(limits, CALL, 1);
    grants.forEach(Grant::close);
  }

  @Test
  void newPoliciesKeepWhatWasTaken() {
    Policy before = requests(100);
    Limits limits = limits(before);
    passes(limits, CALL, 50);
    limits.use(Policies.of(List.of(with(before, 10)), List.of(), PLATFORM));
    assertThat(passes(limits, CALL, 50)).as("half of ten").isEqualTo(5);
    clock.pass(ofMinutes(1));
    assertThat(passes(limits, CALL, 50)).isEqualTo(10);
  }

  @Test
  void everySubjectOfAConfigurationFileIsKnownHere() {
    assertThat(SubjectKind.values())
        .extracting(Enum::name)
        .containsExactlyElementsOf(Arrays.stream(Config.Subject.values()).map(Enum::name).toList());
    assertThat(Unit.values())
        .extracting(Enum::name)
        .containsAll(Arrays.stream(Config.Unit.values()).map(Enum::name).toList());
  }

  @Test
  void aQuotaBeyondAnyPaceIsHeldAsFarAsItCanBe() {
    Limits limits = limits(policy(SubjectKind.API_KEY, "*", Long.MAX_VALUE, Unit.TOKENS, 1));
    try (Grant grant = limits.acquire(CALL, new Worst(Long.MAX_VALUE, 0))) {
      grant.settle(5, 0);
      assertThat(grant.headers().get("RateLimit-Policy")).contains("q=999999999999999;");
    }
    limits.acquire(CALL, new Worst(Long.MAX_VALUE / 2, 0)).close();
  }

  private Limits limits(Policy... policies) {
    return inProcess(Policies.of(List.of(policies), List.of(), PLATFORM));
  }

  private Limits inProcess(Policies policies) {
    return Limits.inProcess(policies, clock, clock::nanos);
  }

  static int passes(Limits limits, Subjects call, int times) {
    int passed = 0;
    for (int i = 0; i < times; i++) {
      try (Grant _ = limits.acquire(call, new Worst(1, 0))) {
        passed++;
      } catch (ProblemException e) {
        assertThat(e.problem()).isInstanceOf(LimitProblem.class);
      }
    }
    return passed;
  }

  private static LimitProblem refusal(Limits limits, Subjects call, long tokens) {
    ProblemException e =
        catchThrowableOfType(
            ProblemException.class, () -> limits.acquire(call, new Worst(tokens, 0)));
    assertThat(e).as("the call is refused").isNotNull();
    return (LimitProblem) e.problem();
  }

  static void race(int threads, Runnable work) throws Exception {
    CountDownLatch start = new CountDownLatch(1);
    List<Future<?>> done = new ArrayList<>();
    try (var executor = Executors.newFixedThreadPool(threads)) {
      for (int i = 0; i < threads; i++) {
        done.add(
            executor.submit(
                () -> {
                  start.await();
                  work.run();
                  return null;
                }));
      }
      start.countDown();
      for (Future<?> each : done) {
        each.get();
      }
    }
  }

  private static Demand demand(Policy policy, int rank) {
    return new Demand(Rule.of(policy, rank, false), "someone", 1);
  }

  static Subjects call(UUID tenant, UUID key, String model) {
    return new Subjects(tenant, TENANT, key, "192.0.2.1", model);
  }

  private static Policy requests(long quota) {
    return policy(SubjectKind.API_KEY, "*", quota, Unit.REQUESTS, 0);
  }

  private static Policy with(Policy policy, long quota) {
    return new Policy(
        policy.id(),
        policy.tenant(),
        policy.subjectKind(),
        policy.subject(),
        quota,
        policy.window(),
        policy.unit(),
        policy.burst(),
        policy.priority());
  }

  private static Policy policy(
      SubjectKind kind, String subject, long quota, Unit unit, long burst) {
    return policy(TENANT, kind, subject, quota, unit, burst);
  }

  static Policy policy(
      UUID tenant, SubjectKind kind, String subject, long quota, Unit unit, long burst) {
    return new Policy(
        Ids.next(), tenant, kind, subject, quota, Duration.ofMinutes(1), unit, burst, 100);
  }
}
