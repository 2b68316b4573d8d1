package dev.ledgerstone.ops.intake;

import dev.ledgerstone.base.Tenants;
import dev.ledgerstone.db.Dialect;
import dev.ledgerstone.records.catalogue.Column;
import dev.ledgerstone.records.catalogue.Constraints;
import dev.ledgerstone.records.catalogue.Table;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * References that their key alone does not keep within the tenant: each is looked up, so that no
 * record can point at another tenant's row.
 */
final class References {
  private static final int REMEMBERED = 100_000;

  private final UUID tenant;
  private final Dialect dialect;
  private final List<Loose> loose = new ArrayList<>();

  /**
   * @param own the place of the id, where rows refer to others of their own table; else -1
   */
  private record Loose(
      String column, int place, String select, boolean isShared, int own, Set<UUID> known) {}

  References(Table table, List<Column> columns, UUID tenant, Dialect dialect) {
    this.tenant = tenant;
    this.dialect = dialect;
    for (Constraints.Reference each : Constraints.from(table)) {
      if (!each.isTenantsOwn() && each.columns().size() == 1) {
        String column = each.columns().getFirst();
        for (int i = 0; i < columns.size(); i++) {
          if (columns.get(i).name().equals(column)) {
            String key = each.targetColumns().getFirst();
            loose.add(
                new Loose(
                    column,
                    i,
                    "select "
                        + key
                        + " from "
                        + each.target()
                        + " where tenant_id in (?, ?) and "
                        + key
                        + " "
                        + dialect.inList(),
                    each.isShared(),
                    each.target().equals(table.name()) ? place(columns, key) : -1,
                    new HashSet<>()));
          }
        }
      }
    }
  }

  private static int place(List<Column> columns, String name) {
    return columns.stream().map(Column::name).toList().indexOf(name);
  }

  /** Returns the records that refer to rows that they may refer to. */
  List<Sink.Taken<@Nullable Object[]>> check(
      Connection connection,
      List<Sink.Taken<@Nullable Object[]>> records,
      Sink.Rejections rejections)
      throws SQLException {
    List<Sink.Taken<@Nullable Object[]>> good = records;
    for (Loose each : loose) {
      Set<UUID> wanted = new HashSet<>();
      Set<UUID> coming = new HashSet<>();
      if (each.own >= 0) {
        good.forEach(record -> coming.add((UUID) record.value()[each.own]));
      }
      for (Sink.Taken<@Nullable Object[]> record : good) {
        if (record.value()[each.place] instanceof UUID id && !each.known.contains(id)) {
          wanted.add(id);
        }
      }
      lookUp(connection, each, wanted);
      List<Sink.Taken<@Nullable Object[]>> left = new ArrayList<>(good.size());
      for (Sink.Taken<@Nullable Object[]> record : good) {
        if (record.value()[each.place] instanceof UUID id
            && !each.known.contains(id)
            && !coming.contains(id)) {
          rejections.add(record, each.column + ": there is no row " + id);
        } else {
          left.add(record);
        }
      }
      good = left;
    }
    return good;
  }

  private void lookUp(Connection connection, Loose reference, Set<UUID> wanted)
      throws SQLException {
    if (wanted.isEmpty()) {
      return;
    }
    if (reference.known.size() > REMEMBERED) {
      reference.known.clear();
    }
    try (PreparedStatement select = connection.prepareStatement(reference.select)) {
      dialect.set(select, 1, tenant);
      dialect.set(select, 2, reference.isShared ? Tenants.PLATFORM : tenant);
      dialect.setList(select, 3, wanted);
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          UUID id = dialect.uuid(row, 1);
          if (id != null) {
            reference.known.add(id);
          }
        }
      }
    }
  }
}
