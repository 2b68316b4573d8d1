package dev.ledgerstone.gateway;

import dev.ledgerstone.gateway.provider.Provider;
import dev.ledgerstone.gateway.provider.UpstreamAnswer;
import dev.ledgerstone.gateway.provider.UpstreamCall;
import dev.ledgerstone.gateway.provider.UpstreamFailure;
import java.io.IOException;
import java.io.InputStream;
import java.io.PushbackInputStream;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/** A call on its way, on a thread of its own, until the first byte of its answer is there. */
final class Opening {
  private final CompletableFuture<UpstreamAnswer> answer = new CompletableFuture<>();

  /** Of the thread that serves the call, or of the one that ends the attempt. */
  private boolean isTaken;

  private Opening() {}

  /**
   * Sends a call.
   *
   * @param done hears when it has an answer, or has failed
   */
  static Opening start(Provider provider, UpstreamCall call, BlockingQueue<Opening> done) {
    Opening opening = new Opening();
    Thread.ofVirtual()
        .name("opening")
        .start(
            () -> {
              opening.open(provider, call);
              done.add(opening);
            });
    return opening;
  }

  private void open(Provider provider, UpstreamCall call) {
    try {
      UpstreamAnswer head = provider.send(call);
      answer.complete(head.status() / 100 == 2 ? Begun.of(head) : head);
    } catch (UpstreamFailure | RuntimeException e) {
      answer.completeExceptionally(e);
    } catch (IOException e) {
      answer.completeExceptionally(
          new UpstreamFailure(UpstreamFailure.Kind.BROKEN, "broke before its first byte", e));
    }
  }

  /** Whether it has begun to answer, and not with an error. */
  boolean isWell() {
    return answer.isDone()
        && !answer.isCompletedExceptionally()
        && answer.join().status() / 100 == 2;
  }

  /** The answer; waits for it. */
  UpstreamAnswer result() throws UpstreamFailure {
    try {
      UpstreamAnswer given = answer.get();
      isTaken = true;
      return given;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof UpstreamFailure failure) {
        throw failure;
      }
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UpstreamFailure(UpstreamFailure.Kind.CANCELLED, "interrupted", e);
    }
  }

  /** Closes the answer that nobody took, now or when it comes. */
  void discardUnlessTaken() {
    if (!isTaken) {
      CompletableFuture<?> _ = answer.thenAccept(UpstreamAnswer::close);
    }
  }

  /** An answer of which one byte has been read, and is given again. */
  private record Begun(UpstreamAnswer answer, InputStream body) implements UpstreamAnswer {
    static Begun of(UpstreamAnswer answer) throws IOException {
      PushbackInputStream body = new PushbackInputStream(answer.body(), 1);
      try {
        int first = body.read();
        if (first >= 0) {
          body.unread(first);
        }
      } catch (IOException e) {
        answer.close();
        throw e;
      }
      return new Begun(answer, body);
    }

    @Override
    public int status() {
      return answer.status();
    }

    @Override
    public Optional<String> header(String name) {
      return answer.header(name);
    }

    @Override
    public void close() {
      answer.close();
    }
  }
}
