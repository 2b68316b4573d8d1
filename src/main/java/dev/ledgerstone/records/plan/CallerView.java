package dev.ledgerstone.records.plan;

import dev.ledgerstone.access.Caller;
import dev.ledgerstone.access.Permission;
import dev.ledgerstone.http.Spelling;
import dev.ledgerstone.records.catalogue.Catalogue;
import dev.ledgerstone.records.catalogue.Relationship;
import dev.ledgerstone.records.catalogue.Table;
import dev.ledgerstone.records.request.Preferences.Deleted;
import dev.ledgerstone.records.request.RecordsProblem;
import java.util.List;
import java.util.Optional;

/** The catalogue as one caller sees it: what they may not read is not there. */
public final class CallerView {
  private final Catalogue catalogue;
  private final Caller caller;

  public CallerView(Catalogue catalogue, Caller caller) {
    this.catalogue = catalogue;
    this.caller = caller;
  }

  public Caller caller() {
    return caller;
  }

  /** The tables that the caller may read, by name. */
  public List<Table> tables() {
    return catalogue.tables().stream().filter(this::mayRead).toList();
  }

  /** Refuses one that is not there, with a guess. */
  public Table table(String name) {
    return catalogue
        .table(name)
        .filter(this::mayRead)
        .orElseThrow(
            () ->
                new RecordsProblem.NoTable(
                        name,
                        Spelling.nearest(name, tables().stream().map(Table::name).toList())
                            .orElse(""))
                    .exception());
  }

  /** A table to whose rows the caller may do something, whether or not they may read them. */
  public Table table(String name, String action) {
    return catalogue
        .table(name)
        .filter(it -> caller.may(permission(it, action)))
        .orElseGet(() -> table(name));
  }

  public boolean mayRead(Table table) {
    return caller.may(permission(table, "read"));
  }

  /** The permission to do something to a table's rows. */
  public static Permission permission(Table table, String action) {
    return new Permission(table.feature(), table.name(), action);
  }

  /** The rows of a table that the caller may read. */
  public Guard reading(Table table, Deleted deleted) {
    return guard(table, "read", deleted);
  }

  /** The rows of a table to which the caller may do something; refuses who may do it to none. */
  public Guard guard(Table table, String action, Deleted deleted) {
    Permission wanted = permission(table, action);
    if (!caller.may(wanted)) {
      throw new RecordsProblem.NotPermitted(table.name(), wanted.toString()).exception();
    }
    return new Guard(table, caller.tenant().id(), caller.require(wanted), deleted);
  }

  /** Those to tables, and through tables, that the caller may read. */
  List<Relationship> relationships(Table from) {
    return catalogue.relationships(from).stream()
        .filter(it -> mayRead(it.to()))
        .filter(it -> it.junction() == null || mayRead(it.junction().table()))
        .toList();
  }

  Link link(Relationship relationship) {
    Relationship.Junction junction = relationship.junction();
    return new Link(
        relationship,
        junction == null
            ? Optional.empty()
            : Optional.of(reading(junction.table(), Deleted.LEFT_OUT)));
  }
}
