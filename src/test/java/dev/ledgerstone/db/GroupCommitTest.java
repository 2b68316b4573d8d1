package dev.ledgerstone.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What a batch promises its entries; the ledger's tests show it under load and in outages. */
@ParameterizedClass
@EnumSource(Engine.class)
class GroupCommitTest {
  /** A name that revisions is to have. */
  private static final class Name implements GroupCommit.Entry {
    private final String name;
    private final CompletableFuture<String> done = new CompletableFuture<>();

    Name(String name) {
      this.name = name;
    }

    @Override
    public void committed() {
      done.complete(name);
    }

    @Override
    public void failed(SQLException cause, boolean inDoubt) {
      done.completeExceptionally(cause);
    }

    @Override
    public boolean mustLast() {
      return false;
    }
  }

  private final Engine engine;
  @AutoClose private final Database database;
  private final List<Integer> batches = new ArrayList<>();
  private final CountDownLatch isWriting = new CountDownLatch(1);
  private final CountDownLatch mayWrite = new CountDownLatch(1);

  GroupCommitTest(Engine engine) {
    this.engine = engine;
    // One writing connection: whoever writes next has that of the group.
    this.database =
        Database.open(
            new DatabaseSettings(
                TestDatabases.url(TestDatabases.fresh(engine)), 1, 1, Duration.ofSeconds(10)));
  }

  private void write(Connection connection, List<Name> names) throws SQLException {
    isWriting.countDown();
    try {
      assertThat(mayWrite.await(30, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new SQLException(e);
    }
    try (PreparedStatement insert =
        connection.prepareStatement("insert into revisions (name, revision) values (?, 0)")) {
      for (Name each : names) {
        insert.setString(1, each.name);
        insert.executeUpdate();
      }
    }
    batches.add(names.size());
  }

  private GroupCommit<Name> group() {
    return new GroupCommit<>("group", database, 10, this::write, () -> {}, (_, _) -> {});
  }

  private static Name offer(GroupCommit<Name> group, String name) {
    Name entry = new Name(name);
    assertThat(group.offer(entry)).isTrue();
    return entry;
  }

  @Test
  void whoComesWhileABatchIsWrittenIsInTheNextOne() throws Exception {
    try (GroupCommit<Name> group = group()) {
      Name first = offer(group, "first");
      assertThat(isWriting.await(30, TimeUnit.SECONDS)).isTrue();
      List<Name> others =
          List.of(offer(group, "second"), offer(group, "third"), offer(group, "fourth"));
      mayWrite.countDown();
      first.done.get(30, TimeUnit.SECONDS);
      for (Name other : others) {
        other.done.get(30, TimeUnit.SECONDS);
      }
    }
    assertThat(batches).containsExactly(1, 3);
  }

  @Test
  void whoBreaksARuleFailsAlone() throws Exception {
    try (GroupCommit<Name> group = group()) {
      Name first = offer(group, "first");
      assertThat(isWriting.await(30, TimeUnit.SECONDS)).isTrue();
      Name second = offer(group, "second");
      Name again = offer(group, "first");
      Name third = offer(group, "third");
      mayWrite.countDown();
      for (Name each : List.of(first, second, third)) {
        each.done.get(30, TimeUnit.SECONDS);
      }
      assertThatThrownBy(() -> again.done.get(30, TimeUnit.SECONDS))
          .isInstanceOf(ExecutionException.class)
          .cause()
          .isInstanceOf(SQLException.class);
    }
  }

  @Test
  void whoHasItsConnectionNextPlansAsBefore() throws Exception {
    mayWrite.countDown();
    try (GroupCommit<Name> group = group()) {
      offer(group, "first").done.get(30, TimeUnit.SECONDS);
      assertThat(offer(group, "first").done).failsWithin(30, TimeUnit.SECONDS);
      offer(group, "second").done.get(30, TimeUnit.SECONDS);
    }
    if (engine == Engine.POSTGRES) {
      assertThat(database.<List<String>>writeJdbc(GroupCommitTest::plans))
          .containsExactly("on", "on", "on", "auto");
    }
  }

  private static List<String> plans(Connection connection) throws SQLException {
    List<String> found = new ArrayList<>();
    try (Statement statement = connection.createStatement()) {
      for (String setting :
          List.of("enable_seqscan", "enable_mergejoin", "enable_hashjoin", "plan_cache_mode")) {
        try (ResultSet row = statement.executeQuery("show " + setting)) {
          row.next();
          found.add(row.getString(1));
        }
      }
    }
    return found;
  }
}
