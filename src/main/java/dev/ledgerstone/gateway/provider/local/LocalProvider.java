package dev.ledgerstone.gateway.provider.local;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ledgerstone.gateway.provider.Cancellation;
import dev.ledgerstone.gateway.provider.Endpoint;
import dev.ledgerstone.gateway.provider.Provider;
import dev.ledgerstone.gateway.provider.Target;
import dev.ledgerstone.gateway.provider.UpstreamAnswer;
import dev.ledgerstone.gateway.provider.UpstreamCall;
import dev.ledgerstone.gateway.provider.UpstreamFailure;
import dev.ledgerstone.problem.ProblemException;
import dev.ledgerstone.problem.RequestProblem;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * The built-in models. A target's address, credential and headers mean nothing to it.
 *
 * <p>Faults of a request are answers in OpenAI's shape, as from any upstream. Work ends between two
 * steps, at most some 40 ms apart, when the call is cancelled or its time is over.
 */
public final class LocalProvider implements Provider, AutoCloseable {
  /** Makes embeddings. */
  public static final String EMBEDDINGS = "all-minilm-l6-v2";

  /** Answers in chat by quoting. */
  public static final String EXTRACT = "extract";

  /** Calls at work at once, streams until they end; more are answered with 503. */
  static final int MAX_CALLS = 64;

  private static final Duration VECTOR_PATIENCE = Duration.ofSeconds(2);
  private static final long CACHE_BYTES = 64L << 20;

  private final Embedder embedder;
  private final Extract extract;
  private final InstantSource clock;
  private final Semaphore room = new Semaphore(MAX_CALLS);

  /** Leaves one core to the rest of the server where there are several. */
  public LocalProvider(InstantSource clock) {
    this(clock, Math.max(1, Runtime.getRuntime().availableProcessors() - 1), CACHE_BYTES);
  }

  /**
   * @param threads that run the model
   * @param cacheBytes bound of the cached vectors; 1 MiB holds 620
   */
  public LocalProvider(InstantSource clock, int threads, long cacheBytes) {
    this.clock = clock;
    embedder = new Embedder(threads, cacheBytes);
    extract = new Extract(embedder);
  }

  /** The names of the built-in models. */
  public static List<String> models() {
    return List.of(EMBEDDINGS, EXTRACT);
  }

  /**
   * The vector of a text, for the server's own use.
   *
   * @return null: the model is busy, or cannot be run
   */
  public float @Nullable [] vector(String text) {
    float[][] vector = new float[1][];
    try {
      embedder.embed(
          List.of(text),
          new Steps(new Cancellation(), VECTOR_PATIENCE),
          (_, each) -> vector[0] = each);
    } catch (UpstreamFailure | IllegalStateException e) {
      return null;
    }
    return vector[0];
  }

  /** Loads the model now rather than with the first call: some 1 s, and 130 MB of memory. */
  public void warm() {
    embedder.warm();
  }

  @Override
  public UpstreamAnswer send(UpstreamCall call) throws UpstreamFailure {
    Target target = call.target();
    Duration limit = target.totalTimeout();
    if (!call.isStream() && target.firstTokenTimeout().compareTo(limit) < 0) {
      limit = target.firstTokenTimeout();
    }
    Steps steps = new Steps(call.cancellation(), limit);
    steps.check();
    if (!room.tryAcquire()) {
      return LocalAnswer.problem(new RequestProblem.Unavailable("the built-in model", 1));
    }
    boolean isStreaming = false;
    try {
      LocalAnswer answer = answer(call, steps);
      isStreaming = answer.body() instanceof EventStream;
      return answer;
    } catch (ProblemException e) {
      return LocalAnswer.problem(e.problem());
    } catch (IllegalStateException e) {
      throw new UpstreamFailure(UpstreamFailure.Kind.BROKEN, "the local model failed", e);
    } finally {
      if (!isStreaming) {
        room.release();
      }
    }
  }

  private LocalAnswer answer(UpstreamCall call, Steps steps) throws UpstreamFailure {
    Fields body = Fields.of(call.body());
    String model = body.need("model", JsonNode::isTextual, "a string").textValue();
    Endpoint endpoint = call.endpoint();
    if (!models().contains(model)) {
      throw new LocalProblem.UnknownModel(model).exception();
    }
    if (model.equals(EMBEDDINGS) && endpoint == Endpoint.EMBEDDINGS) {
      return LocalAnswer.json(EmbeddingsCall.read(body).answer(embedder, steps));
    }
    if (model.equals(EXTRACT) && endpoint == Endpoint.CHAT_COMPLETIONS) {
      return chat(call, ChatCall.read(body), steps);
    }
    throw new LocalProblem.OtherEndpoint(model, endpoint.path()).exception();
  }

  private LocalAnswer chat(UpstreamCall call, ChatCall chat, Steps steps) throws UpstreamFailure {
    Conversation conversation = Conversation.of(chat);
    List<Extract.Candidate> candidates = Extract.candidates(conversation, steps);
    int promptTokens = 0;
    for (ChatCall.Message message : chat.messages()) {
      for (ChatCall.Text text : message.texts()) {
        promptTokens += embedder.pieces().count(text.text());
        steps.check();
      }
    }
    ChatAnswer answer =
        new ChatAnswer("chatcmpl-" + call.id(), clock.instant().getEpochSecond(), promptTokens);
    ChatAnswer.Making reply =
        () -> {
          List<Quote> quotes = extract.quotes(conversation.question(), candidates, steps);
          return Reply.of(quotes, !candidates.isEmpty(), chat, embedder.pieces());
        };
    if (call.isStream()) {
      EventStream.Source events = answer.events(reply, chat.includeUsage(), steps);
      return LocalAnswer.events(new EventStream(events, room::release));
    }
    return LocalAnswer.json(answer.whole(reply.make()));
  }

  /** Ends the threads and frees the model; no call may be at work. */
  @Override
  public void close() {
    embedder.close();
  }
}
