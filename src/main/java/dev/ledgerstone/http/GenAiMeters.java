package dev.ledgerstone.http;

import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * The meters of one model of one provider, named and bounded as OpenTelemetry's semantic
 * conventions for generative AI have it. Hold it where the target is known; look it up once, not
 * per call.
 */
public final class GenAiMeters {
  static final String TOKENS = "gen_ai.client.token.usage";
  static final String DURATION = "gen_ai.client.operation.duration";
  static final String FIRST_TOKEN = "gen_ai.server.time_to_first_token";

  private static final Duration[] DURATIONS =
      Metrics.seconds(
          0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92);
  private static final Duration[] FIRST_TOKENS =
      Metrics.seconds(
          0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10);
  private static final double[] COUNTS = {
    1,
    4,
    16,
    64,
    256,
    1024,
    4096,
    16_384,
    65_536,
    262_144,
    1_048_576,
    4_194_304,
    16_777_216,
    67_108_864
  };

  private final MeterRegistry registry;
  private final Tags tags;
  private final DistributionSummary input;
  private final DistributionSummary output;
  private final Timer firstToken;
  private final Timer succeeded;
  private final Map<String, Timer> failed = new ConcurrentHashMap<>();

  GenAiMeters(MeterRegistry registry, String provider, String model, String operation) {
    this.registry = registry;
    this.tags =
        Tags.of(
            "gen_ai.provider.name", provider,
            "gen_ai.request.model", model,
            "gen_ai.operation.name", operation);
    this.input = tokens("input");
    this.output = tokens("output");
    this.firstToken =
        Timer.builder(FIRST_TOKEN)
            .description("Time from the call to the first token of a streamed answer")
            .tags(tags)
            .serviceLevelObjectives(FIRST_TOKENS)
            .register(registry);
    this.succeeded = duration("");
  }

  /** A call that was answered. */
  public void answered(long nanos, long inputTokens, long outputTokens) {
    succeeded.record(nanos, TimeUnit.NANOSECONDS);
    input.record((double) inputTokens);
    output.record((double) outputTokens);
  }

  /**
   * A call that failed.
   *
   * @param errorType one of a small set, such as a status or a problem's code
   */
  public void failed(long nanos, String errorType) {
    Timer timer = failed.get(errorType);
    if (timer == null) {
      timer = failed.computeIfAbsent(errorType, this::duration);
    }
    timer.record(nanos, TimeUnit.NANOSECONDS);
  }

  /** A stream's first token has come. */
  public void firstToken(long nanos) {
    firstToken.record(nanos, TimeUnit.NANOSECONDS);
  }

  private Timer duration(String errorType) {
    return Timer.builder(DURATION)
        .description("Time that a call of a model took")
        .tags(tags)
        .tag("error.type", errorType)
        .serviceLevelObjectives(DURATIONS)
        .register(registry);
  }

  private DistributionSummary tokens(String type) {
    return DistributionSummary.builder(TOKENS)
        .description("Tokens of a call")
        .tags(tags)
        .tag("gen_ai.token.type", type)
        .serviceLevelObjectives(COUNTS)
        .register(registry);
  }
}
