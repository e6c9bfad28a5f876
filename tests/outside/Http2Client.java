import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;

/** Calls Ortto at its own host and at the server's URL, and prints each reply's version and status. */
public class Http2Client {
    public static void main(String[] arguments) throws Exception {
        HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).build();
        for (String base : new String[] {"https://api.ap3api.com", System.getenv("MOCKSERVER_ORTTO_URL")}) {
            for (int turn = 0; turn < 2; turn++) {
                HttpRequest request = HttpRequest.newBuilder(URI.create(base + "/v1/audiences/get"))
                    .version(HttpClient.Version.HTTP_2)
                    .header("X-Api-Key", System.getenv("MOCKSERVER_ORTTO_API_KEY"))
                    .header("Content-Type", "application/json")
                    .POST(HttpRequest.BodyPublishers.ofString("{\"limit\": 1}"))
                    .build();
                HttpResponse<String> reply = client.send(request, HttpResponse.BodyHandlers.ofString());
                System.out.println(reply.version() + " " + reply.statusCode());
            }
        }
    }
}
