package dev.ledgerstone.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ledgerstone.base.Ids;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.TestDatabases;
import dev.ledgerstone.gateway.provider.Endpoint;
import dev.ledgerstone.gateway.provider.Target;
import dev.ledgerstone.gateway.route.ApiKey;
import dev.ledgerstone.gateway.route.Lanes;
import dev.ledgerstone.gateway.route.Permit;
import dev.ledgerstone.gateway.route.RouteRule;
import dev.ledgerstone.gateway.route.Strategy;
import dev.ledgerstone.gateway.route.Way;
import dev.ledgerstone.gateway.wire.OpenAiRequest;
import dev.ledgerstone.ledger.RequestStatus;
import dev.ledgerstone.ledger.TaskType;
import dev.ledgerstone.problem.ProblemException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RouterTest {
  private static final UUID TENANT = Ids.next();
  private static final Way.Cap WIDE = new Way.Cap(1000, 0, 0);

  /** Of a database without a rating. */
  private static final Ratings RATINGS =
      new Ratings(TestDatabases.fresh(Engine.SQLITE), Clock.systemUTC());

  private static final TaskFinder TASKS = new TaskFinder();

  private final Lanes lanes = new Lanes();
  private final List<ServiceEntry> services = new ArrayList<>();
  private final List<ModelEntry> models = new ArrayList<>();

  @Test
  void autoPicksTheServiceOfTheTaskThatTheTextTells() {
    services.add(service("talk", 1, Set.of(TaskType.CHAT, TaskType.GENERAL), Strategy.PRIORITY));
    services.add(service("code", 2, Set.of(TaskType.CODE_GENERATION), Strategy.PRIORITY));

    Plan plan = plan("Write a Python function that reverses a list.", null);

    assertThat(plan.task()).isEqualTo(TaskType.CODE_GENERATION);
    assertThat(names(plan)).containsExactly("code");
    assertThat(names(plan("What is the capital of Peru?", null))).containsExactly("talk");
    assertThat(names(plan("What is the capital of Peru?", TaskType.CODE_GENERATION)))
        .as("the header goes first")
        .containsExactly("code");
    assertThat(names(plan("Translate it into French.", null)))
        .as("a task that nobody named")
        .containsExactly("talk");
  }

  @Test
  void imagesGoToWhoSeesThem() {
    services.add(service("talk", 1, Set.of(TaskType.CHAT, TaskType.GENERAL), Strategy.PRIORITY));
    services.add(typed("eyes", 9, "VISION"));

    assertThat(names(plan(image(), null))).containsExactly("eyes");
  }

  @Test
  void whatDoesNotFitAWindowIsNotSentThere() {
    services.add(service("small", 1, Set.of(TaskType.GENERAL), Strategy.PRIORITY));
    services.add(service("large", 2, Set.of(TaskType.GENERAL), Strategy.PRIORITY));
    models.add(new ModelEntry("p", "m-small", 1_000L, 100L));

    assertThat(names(plan("word ".repeat(2_000), TaskType.GENERAL))).containsExactly("large");
    assertThat(names(plan("word", TaskType.GENERAL))).containsExactly("small", "large");
  }

  @Test
  void theCheapestTheFastestAndTheHeaviestGoFirst() {
    three(Strategy.CHEAPEST);
    assertThat(names(plan("x", TaskType.GENERAL))).containsExactly("c", "b", "a");

    three(Strategy.FASTEST);
    took("a", 900);
    took("b", 100);
    took("c", 500);
    assertThat(names(plan("x", TaskType.GENERAL))).containsExactly("b", "c", "a");

    three(Strategy.WEIGHTED);
    Map<String, Integer> first = new HashMap<>();
    for (int i = 0; i < 3_000; i++) {
      first.merge(names(plan("x", TaskType.GENERAL)).getFirst(), 1, Integer::sum);
    }
    assertThat(first.get("a")).as("one of six").isBetween(400, 600);
    assertThat(first.get("b")).as("two of six").isBetween(850, 1_150);
    assertThat(first.get("c")).as("three of six").isBetween(1_350, 1_650);
  }

  @Test
  void aRulePutsAServiceFirstOrLeavesItOut() {
    services.add(service("usual", 1, Set.of(TaskType.GENERAL), Strategy.PRIORITY));
    services.add(
        service(
            "long",
            5,
            Set.of(TaskType.GENERAL),
            Strategy.RULE,
            "LANGUAGE",
            new RouteRule(Set.of(), 1_000L, null, null, null, false, Set.of())));

    assertThat(names(plan("word ".repeat(2_000), TaskType.GENERAL)))
        .containsExactly("long", "usual");
    assertThat(names(plan("word", TaskType.GENERAL))).containsExactly("usual");
    services.removeFirst();
    assertThatThrownBy(() -> plan("word", TaskType.GENERAL))
        .isInstanceOf(ProblemException.class)
        .hasMessageContaining("auto");
  }

  private void three(Strategy strategy) {
    services.clear();
    for (String name : List.of("a", "b", "c")) {
      services.add(service(name, 1, Set.of(TaskType.GENERAL), strategy));
    }
  }

  private void took(String service, int millis) {
    Way way =
        new Way(
            Ids.next(),
            "p",
            "m",
            List.of(ApiKey.only(Ids.next(), null)),
            services.stream()
                .filter(it -> it.name().equals(service))
                .findFirst()
                .orElseThrow()
                .id(),
            WIDE,
            WIDE);
    if (lanes.enter(way, false, () -> false) instanceof Permit permit) {
      permit.note(RequestStatus.COMPLETED, null, false, millis * 1_000_000L, null);
      permit.close();
    }
  }

  private static List<String> names(Plan plan) {
    return plan.candidates().stream().map(Candidate::servedBy).toList();
  }

  private Plan plan(String said, @Nullable TaskType header) {
    String content = said.startsWith("[") ? said : "\"" + said + "\"";
    OpenAiRequest request =
        OpenAiRequest.scan(
            Endpoint.CHAT_COMPLETIONS,
            "{\"model\":\"auto\",\"messages\":[{\"role\":\"user\",\"content\":%s}]}"
                .formatted(content)
                .getBytes(UTF_8));
    Router router =
        new Router(
            new Catalog(List.of(provider()), services, Map.of(TENANT, models)),
            4096,
            new Choice(lanes, RATINGS),
            TASKS);
    // a is the dearest.
    return router.plan(
        new Asked(
            TENANT, request, header, List.of(), candidate -> 'z' - candidate.servedBy().charAt(0)));
  }

  private static String image() {
    return "[{\"type\":\"text\",\"text\":\"What is this?\"},{\"type\":\"image_url\",\"image_url\":{\"url\":\"https://e.org/i.png\"}}]";
  }

  private static ProviderEntry provider() {
    Duration second = Duration.ofSeconds(1);
    return new ProviderEntry(
        Ids.next(),
        TENANT,
        "p",
        "CUSTOM",
        new Target("http://localhost", null, Map.of(), second, second, second),
        null,
        List.of(ApiKey.only(Ids.next(), null)),
        WIDE);
  }

  private static ServiceEntry typed(String name, int priority, String type) {
    return service(name, priority, Set.of(), Strategy.PRIORITY, type);
  }

  private static ServiceEntry service(
      String name, int priority, Set<TaskType> tasks, Strategy strategy) {
    return service(name, priority, tasks, strategy, "LANGUAGE");
  }

  private static ServiceEntry service(
      String name, int priority, Set<TaskType> tasks, Strategy strategy, String type) {
    return service(name, priority, tasks, strategy, type, null);
  }

  private static ServiceEntry service(
      String name,
      int priority,
      Set<TaskType> tasks,
      Strategy strategy,
      String type,
      @Nullable RouteRule rule) {
    return new ServiceEntry(
        Ids.next(),
        TENANT,
        name,
        "p",
        "m-" + name,
        type,
        tasks,
        priority,
        List.of(),
        Map.of(),
        null,
        1,
        strategy,
        name.charAt(0) - 'a' + 1,
        WIDE,
        null,
        rule,
        null,
        null);
  }
}
