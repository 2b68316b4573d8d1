package dev.ledgerstone.ledger;

import dev.ledgerstone.db.DatabaseProblem;
import dev.ledgerstone.db.GroupCommit;
import dev.ledgerstone.problem.ProblemException;
import java.sql.SQLException;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What callers hand to the ledger's writer. The outcome is set while the batch is written, and told
 * once it is on disk.
 */
abstract sealed class LedgerEntry implements GroupCommit.Entry {

  /** One whose caller waits, and hears what has come of it. */
  abstract static sealed class Awaited<T> extends LedgerEntry {
    final CompletableFuture<T> done = new CompletableFuture<>();

    @Override
    public void failed(SQLException cause, boolean inDoubt) {
      done.completeExceptionally(DatabaseProblem.of(cause));
    }
  }

  /** An intent, to be held and written; or an earlier call's answer to its Idempotency-Key. */
  static final class Reserve extends Awaited<Reserved> {
    final Intent intent;
    final List<Budget> budgets;

    /** Told of an intent that may be on disk though its caller was refused. */
    private final Consumer<Intent> doubted;

    /** What the journal granted, and is not judged again; null: it is to be judged. */
    final @Nullable Reservation granted;

    @Nullable Reserved outcome;
    @Nullable ProblemException refusal;

    /** Whether what it was refused may be there in a moment: another node was asked for it. */
    boolean isRecalled;

    Reserve(Intent intent, List<Budget> budgets, Consumer<Intent> doubted) {
      this.intent = intent;
      this.budgets = budgets;
      this.doubted = doubted;
      this.granted = null;
    }

    /** Of a call that was made while the database was away. */
    Reserve(Reservation granted, List<Budget> budgets) {
      this.intent = granted.intent();
      this.budgets = budgets;
      this.doubted = _ -> {};
      this.granted = granted;
    }

    @Override
    public boolean mustLast() {
      return false;
    }

    @Override
    public void committed() {
      if (refusal != null) {
        done.completeExceptionally(refusal);
      } else {
        done.complete(outcome);
      }
    }

    @Override
    public void failed(SQLException cause, boolean inDoubt) {
      if (inDoubt) {
        doubted.accept(intent);
      }
      super.failed(cause, inDoubt);
    }
  }

  /** The end of a line. Told is true: written; false: somebody had settled the line before. */
  static final class Settle extends Awaited<Boolean> {
    /** Changes if its intent was written elsewhere than the caller knows ({@link Journal}). */
    Line line;

    final Outcome outcome;

    boolean isWritten;
    private boolean wasInDoubt;

    Settle(Line line, Outcome outcome) {
      this.line = line;
      this.outcome = outcome;
    }

    @Override
    public boolean mustLast() {
      return true;
    }

    @Override
    public void committed() {
      // Not written now, after a commit in doubt: it was that commit which wrote it.
      done.complete(isWritten || wasInDoubt);
    }

    @Override
    public void retried() {
      wasInDoubt = true;
    }
  }

  /**
   * A call that was answered without an upstream: begun, ended and at no cost in one stroke.
   *
   * <p>It can be refused: nothing was spent, and its caller has seen nothing yet. If the commit is
   * in doubt and the line is there after all, it counts one more answer that cost nothing.
   */
  static final class Serve extends Awaited<Void> {
    final Intent intent;
    final Outcome outcome;
    final long savedNanos;

    Serve(Intent intent, Outcome outcome, long savedNanos) {
      this.intent = intent;
      this.outcome = outcome;
      this.savedNanos = savedNanos;
    }

    Ended ended() {
      return new Ended(
          Line.of(new Reservation(intent, 0, false, 0, List.of())), outcome, true, savedNanos);
    }

    @Override
    public boolean mustLast() {
      return false;
    }

    @Override
    public void committed() {
      done.complete(null);
    }
  }

  /** The Idempotency-Key of a call that ended without an answer is free again. */
  static final class Free extends Awaited<Void> {
    final UUID root;

    Free(UUID root) {
      this.root = root;
    }

    @Override
    public boolean mustLast() {
      return true;
    }

    @Override
    public void committed() {
      done.complete(null);
    }
  }

  /** This node's slices are sized anew ({@link Slices}). */
  static final class Resize extends LedgerEntry {
    /** Whether all of them are given back. */
    final boolean isLast;

    /** What the slices are once this is on disk. */
    final Map<Slices.Slice, Long> sizes = new HashMap<>();

    Resize(boolean isLast) {
      this.isLast = isLast;
    }

    @Override
    public boolean mustLast() {
      return false;
    }

    @Override
    public void committed() {
      sizes.forEach((slice, nanos) -> slice.nanos = nanos);
    }

    @Override
    public void failed(SQLException cause, boolean inDoubt) {
      // What is in memory is no more than what is there: the next one mends it.
    }
  }

  /**
   * A line that has its end.
   *
   * @param savedNanos what the call would have cost, if the cache answered it
   */
  record Ended(Line line, Outcome outcome, boolean isCacheHit, long savedNanos) {
    Rollup.Line sums() {
      return line.sums(outcome, isCacheHit, savedNanos);
    }
  }

  /**
   * An open line, as far as its settlement must know it; from a reservation, or read back after a
   * crash.
   */
  record Line(
      UUID id,
      UUID root,
      Subjects subjects,
      TaskType taskType,
      RequestType requestType,
      Instant startedAt,
      long heldNanos,
      List<UUID> periods) {
    static Line of(Reservation reservation) {
      Intent intent = reservation.intent();
      return new Line(
          intent.id(),
          intent.root(),
          intent.subjects(),
          intent.taskType(),
          intent.requestType(),
          intent.startedAt(),
          reservation.heldNanos(),
          reservation.periods());
    }

    /** What the line adds to the sums. */
    private Rollup.Line sums(Outcome outcome, boolean isCacheHit, long savedNanos) {
      return new Rollup.Line(
          subjects.tenant(),
          subjects.user(),
          subjects.apiKey() == null ? Rollup.NONE : subjects.apiKey(),
          subjects.service() == null ? Rollup.NONE : subjects.service(),
          subjects.provider(),
          subjects.model(),
          taskType,
          outcome.status(),
          requestType.endpoint(),
          startedAt,
          outcome.usage().inputTokens(),
          outcome.usage().outputTokens(),
          outcome.cost().totalNanos(),
          outcome.totalMicros(),
          isCacheHit,
          savedNanos);
    }
  }
}
