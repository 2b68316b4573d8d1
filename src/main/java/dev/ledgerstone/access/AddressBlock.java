package dev.ledgerstone.access;

import dev.ledgerstone.base.Cidr;
import dev.ledgerstone.problem.RequestProblem;
import java.net.InetAddress;

/** An entry of a key's allowed_ips: an IP address or a range, IPv4 or IPv6. */
public record AddressBlock(Cidr range) {
  /**
   * Reads {@code 10.0.0.0/8}, {@code 2001:db8::/32} or a bare address; never asks a name server.
   */
  public static AddressBlock of(String text) {
    try {
      return new AddressBlock(Cidr.parse(text));
    } catch (IllegalArgumentException e) {
      throw invalid(text);
    }
  }

  /** Whether an address, as text, lies in the block. */
  public boolean contains(String address) {
    try {
      return range.contains(InetAddress.ofLiteral(address));
    } catch (IllegalArgumentException e) {
      throw invalid(address);
    }
  }

  /** Whether every address of another block lies in this one. */
  boolean covers(AddressBlock other) {
    return other.range.bits() >= range.bits() && range.contains(other.range.network());
  }

  private static RuntimeException invalid(String text) {
    return new RequestProblem.Invalid(
            "allowed_ips",
            "\"" + text + "\" is no IP address or CIDR block",
            "write 10.0.0.0/8, 192.0.2.7 or 2001:db8::/32")
        .exception();
  }
}
