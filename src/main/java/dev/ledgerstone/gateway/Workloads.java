package dev.ledgerstone.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.ledgerstone.base.Ids;
import dev.ledgerstone.db.Database;
import dev.ledgerstone.gateway.dialogue.ClientFormat;
import dev.ledgerstone.gateway.dialogue.Frame;
import dev.ledgerstone.gateway.dialogue.Losses;
import dev.ledgerstone.gateway.dialogue.OutputFormat;
import dev.ledgerstone.gateway.dialogue.ProviderFormat;
import dev.ledgerstone.gateway.limits.LimitWork;
import dev.ledgerstone.gateway.provider.Endpoint;
import dev.ledgerstone.gateway.provider.SseReader;
import dev.ledgerstone.gateway.provider.Target;
import dev.ledgerstone.gateway.route.ApiKey;
import dev.ledgerstone.gateway.route.Lanes;
import dev.ledgerstone.gateway.route.Permit;
import dev.ledgerstone.gateway.route.Strategy;
import dev.ledgerstone.gateway.route.Way;
import dev.ledgerstone.gateway.scores.Judge;
import dev.ledgerstone.gateway.scores.ScoreRules;
import dev.ledgerstone.gateway.wire.OpenAiRequest;
import dev.ledgerstone.ledger.RequestStatus;
import dev.ledgerstone.ledger.TaskType;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Supplier;

/** Pieces of a call's way through the gateway, for the benchmark {@code routing}. */
public final class Workloads {
  private static final UUID TENANT = Ids.next();
  private static final int SERVICES = 8;
  private static final int EVENTS = 20_000;

  private static final byte[] OF_OPENAI =
      ("data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1741569952,\"model\":\"m\","
              + "\"service_tier\":\"default\",\"system_fingerprint\":\"fp_1\",\"choices\":[{\"index\":0,\"delta\":"
              + "{\"content\":\" wörd\"},\"logprobs\":null,\"finish_reason\":null}],\"usage\":null}\n\n")
          .repeat(EVENTS)
          .getBytes(UTF_8);

  private static final byte[] OF_ANTHROPIC =
      ("event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":"
              + "{\"type\":\"text_delta\",\"text\":\" wörd\"}}\n\n")
          .repeat(EVENTS)
          .getBytes(UTF_8);

  private static final Frame FRAME = new Frame(Ids.next(), "m", 1741569952, true);

  /**
   * Work that is measured.
   *
   * @param units in one run: calls, or events
   * @param run returns a figure that depends on what was done
   */
  public record Work(String name, int units, Supplier<Long> run) {}

  private Workloads() {}

  /** Finding who may answer a call, entering there and leaving again. */
  public static List<Work> routing(Database database) {
    Lanes lanes = new Lanes();
    Router router =
        new Router(
            catalog(),
            4096,
            new Choice(lanes, new Ratings(database, Clock.systemUTC())),
            new TaskFinder());
    OpenAiRequest usual =
        request(
            "auto",
            "Summarize the following customer call for our records, in at most fifty words, and say"
                + " what was agreed: the customer is angry about the delay of the second parcel, but"
                + " stays if we ship by Monday; a refund of the postage was promised.");
    OpenAiRequest lengthy =
        request("auto", "Translate into French: " + "The quick brown fox jumps. ".repeat(800));
    return List.of(
        call("a service by its name", lanes, router, request("m3", "Say something.")),
        call("auto, 50 words", lanes, router, usual),
        call("auto, 4,000 words", lanes, router, lengthy));
  }

  /** Finding the limits of a call among ten thousand, and holding it to three of them. */
  public static List<Work> limits() {
    LimitWork work = new LimitWork();
    int calls = 100_000;
    return List.of(
        new Work("limits: found among 10,000", calls, () -> work.found(calls)),
        new Work("limits: taken and given back, three", calls, () -> work.passed(calls)));
  }

  /** What rules make of an answer of a hundred words, read from its provider's JSON. */
  public static Work scores(ProviderFormat format) {
    JsonNode configuration =
        JsonNodeFactory.instance
            .objectNode()
            .set(
                "scores",
                JsonNodeFactory.instance
                    .objectNode()
                    .put("format", true)
                    .put("refusal", true)
                    .put("toxicity", true));
    ScoreRules rules = Objects.requireNonNull(ScoreRules.of(configuration));
    byte[] answer =
        """
        {"id":"c","object":"chat.completion","model":"m","choices":[{"index":0,"message":{"role":"assistant",\
        "content":"%s"},"finish_reason":"stop"}],"usage":{"prompt_tokens":20,"completion_tokens":100}}"""
            .formatted("We ship the second parcel by Monday then. ".repeat(14))
            .getBytes(UTF_8);
    int calls = 5_000;
    return new Work(
        "scores of an answer of 100 words",
        calls,
        () -> {
          long scores = 0;
          for (int i = 0; i < calls; i++) {
            scores +=
                Retold.reply(format, answer, false)
                    .map(reply -> Judge.scores(rules, reply, new OutputFormat.Text()).size())
                    .orElse(0);
          }
          return scores;
        });
  }

  private static Work call(String name, Lanes lanes, Router router, OpenAiRequest request) {
    Asked asked = new Asked(TENANT, request, null, List.of(), _ -> 1);
    int calls = 20_000;
    return new Work(
        name,
        calls,
        () -> {
          long candidates = 0;
          for (int i = 0; i < calls; i++) {
            Plan plan = router.plan(asked);
            if (!(lanes.enter(plan.candidates().getFirst().way(), false, () -> false)
                instanceof Permit permit)) {
              throw new IllegalStateException("closed");
            }
            permit.note(RequestStatus.COMPLETED, null, false, 1_000_000, null);
            permit.close();
            candidates += plan.candidates().size();
          }
          return candidates;
        });
  }

  /** Reading and handing on the events of a stream, passed through and converted. */
  public static List<Work> streams(
      ProviderFormat openAi,
      ClientFormat ofOpenAi,
      ProviderFormat anthropic,
      ClientFormat ofAnthropic) {
    return List.of(
        stream("OpenAI's events, passed", OF_OPENAI, () -> new ChatFlow(true)),
        stream(
            "Anthropic's events, passed",
            OF_ANTHROPIC,
            () -> new DialogueFlow(anthropic.events(), null, ofAnthropic, FRAME)),
        stream(
            "OpenAI's events for Anthropic's client",
            OF_OPENAI,
            () -> converted(openAi, ofAnthropic)),
        stream(
            "Anthropic's events for OpenAI's client",
            OF_ANTHROPIC,
            () -> converted(anthropic, ofOpenAi)));
  }

  private static Flow converted(ProviderFormat from, ClientFormat to) {
    return new DialogueFlow(from.events(), to.events(FRAME, new Losses()), to, FRAME);
  }

  private static Work stream(String name, byte[] bytes, Supplier<Flow> flows) {
    return new Work(
        name,
        EVENTS,
        () -> {
          long[] written = new long[1];
          Flow flow = flows.get();
          SseReader events = new SseReader(new ByteArrayInputStream(bytes));
          try {
            while (events.next()) {
              if (flow.look(events) != Flow.Sign.DATA) {
                throw new IllegalStateException("an event was lost");
              }
              flow.hand(events, (_, _, length) -> written[0] += length);
            }
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
          return written[0];
        });
  }

  private static OpenAiRequest request(String model, String said) {
    return OpenAiRequest.scan(
        Endpoint.CHAT_COMPLETIONS,
        """
        {"model":"%s","messages":[{"role":"system","content":"You are helpful."},{"role":"user","content":"%s"}]}"""
            .formatted(model, said)
            .getBytes(UTF_8));
  }

  private static Catalog catalog() {
    List<ProviderEntry> providers = new ArrayList<>();
    List<ServiceEntry> services = new ArrayList<>();
    for (int i = 0; i < SERVICES; i++) {
      Target target =
          new Target(
              "http://localhost:" + i,
              "sk",
              Map.of(),
              Duration.ofSeconds(1),
              Duration.ofSeconds(1),
              Duration.ofSeconds(1));
      providers.add(
          new ProviderEntry(
              Ids.next(),
              TENANT,
              "p" + i,
              "CUSTOM",
              target,
              null,
              List.of(
                  new ApiKey(Ids.next(), "a", "a", 1, 100, null),
                  new ApiKey(Ids.next(), "b", "b", 1, null, null)),
              new Way.Cap(1000, 0, 0)));
      services.add(
          new ServiceEntry(
              Ids.next(),
              TENANT,
              "m" + i,
              "p" + i,
              "m",
              "LANGUAGE",
              EnumSet.allOf(TaskType.class),
              i,
              List.of(),
              Map.of(),
              null,
              1,
              Strategy.FASTEST,
              1,
              new Way.Cap(100, 10, 1_000_000_000),
              null,
              null,
              null,
              null));
    }
    return new Catalog(providers, services, Map.of());
  }
}
