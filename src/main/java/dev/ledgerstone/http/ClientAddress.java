package dev.ledgerstone.http;

import dev.ledgerstone.base.Cidr;
import io.helidon.http.HeaderNames;
import io.helidon.http.ServerRequestHeaders;
import io.helidon.webserver.http.ServerRequest;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Tells where a request came from: the peer, or what the trusted proxies in front of it say.
 *
 * <p>Each proxy appends the peer that it saw to {@code X-Forwarded-For}, so the header is read from
 * its end, and believed only as far as trusted addresses reach: what stands before was written by
 * the client.
 */
final class ClientAddress {
  private final List<Cidr> trusted;

  ClientAddress(List<String> trustedRanges) {
    trusted = trustedRanges.stream().map(Cidr::parse).toList();
  }

  String of(ServerRequest request) {
    String peer = request.remotePeer().host();
    ServerRequestHeaders headers = request.headers();
    if (trusted.isEmpty() || !headers.contains(HeaderNames.X_FORWARDED_FOR)) {
      return peer;
    }
    return of(peer, headers.get(HeaderNames.X_FORWARDED_FOR).allValues());
  }

  /** Whether who speaks to us is one of the proxies that are believed. */
  boolean isProxy(ServerRequest request) {
    InetAddress peer = trusted.isEmpty() ? null : parse(request.remotePeer().host());
    return peer != null && isTrusted(peer);
  }

  String of(String peer, List<String> forwardedFor) {
    List<String> hops = new ArrayList<>();
    for (String header : forwardedFor) {
      hops.addAll(List.of(header.split(",", -1)));
    }
    InetAddress client = parse(peer);
    for (String hop : hops.reversed()) {
      if (client == null || !isTrusted(client)) {
        break;
      }
      InetAddress before = parse(hop.strip());
      if (before == null) {
        break;
      }
      client = before;
    }
    return client == null ? peer : client.getHostAddress();
  }

  private boolean isTrusted(InetAddress address) {
    for (Cidr range : trusted) {
      if (range.contains(address)) {
        return true;
      }
    }
    return false;
  }

  /** An address, with or without a port or brackets; null for anything else. */
  private static @Nullable InetAddress parse(String text) {
    String address = text;
    if (text.startsWith("[")) {
      int end = text.indexOf(']');
      address = end < 0 ? text : text.substring(1, end);
    } else if (text.indexOf(':') == text.lastIndexOf(':') && text.indexOf(':') > 0) {
      address = text.substring(0, text.indexOf(':'));
    }
    try {
      return InetAddress.ofLiteral(address);
    } catch (IllegalArgumentException _) {
      return null;
    }
  }
}
