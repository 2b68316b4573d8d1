package dev.ledgerstone.gateway.provider.local;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.ledgerstone.base.Sha256;
import dev.ledgerstone.gateway.provider.UpstreamFailure;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Vectors of texts, from the cache or from the model, which is loaded when first asked.
 *
 * <p>The model runs on platform threads of its own: native code would hold a virtual thread's
 * carrier. A call has at most one slice more than there are threads under way, so that a large call
 * does not keep a small one waiting for long, and the queue is bounded by the calls let in.
 */
final class Embedder implements AutoCloseable {
  /** Some 40 ms of work: how long a cancelled call may go on, and how long another waits. */
  private static final int SLICE = 8;

  /** A vector, its key and the cache's own node. */
  private static final int ENTRY_BYTES = MiniLm.DIMENSIONS * Float.BYTES + 144;

  private final int threads;
  private final ExecutorService workers;
  private final Cache<Key, float[]> cache;
  private @Nullable WordPiece pieces;
  private @Nullable MiniLm model;
  private boolean isClosed;

  /**
   * @param threads that run the model
   * @param cacheBytes bound of the cached vectors, least recently used out first
   */
  Embedder(int threads, long cacheBytes) {
    this.threads = threads;
    workers =
        Executors.newFixedThreadPool(
            threads, Thread.ofPlatform().daemon().name("local-model-", 0).factory());
    cache =
        Caffeine.newBuilder()
            .maximumWeight(cacheBytes)
            .weigher((Key _, float[] _) -> ENTRY_BYTES)
            .build();
  }

  /** Takes each vector as soon as it is there, in the order of the texts. */
  interface Sink {
    void accept(int index, float[] vector);
  }

  /** The vectors of texts, each of length 1. */
  void embed(List<String> texts, Steps steps, Sink sink) throws UpstreamFailure {
    ArrayDeque<Future<List<float[]>>> running = new ArrayDeque<>();
    try {
      int submitted = 0;
      for (int done = 0; done < texts.size(); ) {
        steps.check();
        while (submitted < texts.size() && running.size() <= threads) {
          int end = Math.min(texts.size(), submitted + SLICE);
          List<String> slice = texts.subList(submitted, end);
          running.add(workers.submit(() -> vectors(slice)));
          submitted = end;
        }
        for (float[] vector : running.remove().get()) {
          sink.accept(done++, vector);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UpstreamFailure(
          UpstreamFailure.Kind.CANCELLED, "the local model was interrupted", e);
    } catch (ExecutionException e) {
      throw new IllegalStateException("the local model failed", e.getCause());
    } catch (RejectedExecutionException e) {
      throw new IllegalStateException("the local model is closed", e);
    } finally {
      running.forEach(slice -> slice.cancel(false));
    }
  }

  private List<float[]> vectors(List<String> texts) {
    List<float[]> vectors = new ArrayList<>(texts.size());
    for (String text : texts) {
      vectors.add(cache.get(Key.of(text), _ -> model().encode(pieces().tokenize(text), pieces())));
    }
    return vectors;
  }

  /** The model's tokenizer, which is there long before the model. */
  synchronized WordPiece pieces() {
    if (pieces == null) {
      pieces = MiniLm.tokenizer();
    }
    return pieces;
  }

  private synchronized MiniLm model() {
    if (isClosed) {
      throw new IllegalStateException("the local model is closed");
    }
    if (model == null) {
      model = MiniLm.load();
    }
    return model;
  }

  /** Loads all and runs it once, so that no caller waits for it. */
  void warm() {
    vectors(List.of("warm"));
  }

  @Override
  public void close() {
    workers.close();
    synchronized (this) {
      isClosed = true;
      if (model != null) {
        model.close();
        model = null;
      }
    }
  }

  /** Stands for a text; a hash, so that the cache keeps nobody's words. */
  private record Key(long high, long low) {
    static Key of(String text) {
      ByteBuffer hash = ByteBuffer.wrap(Sha256.of(text));
      return new Key(hash.getLong(), hash.getLong());
    }
  }
}
