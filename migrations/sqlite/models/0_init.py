from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True


async def upgrade(db: BaseDBAsyncClient) -> str:
    return """
        CREATE TABLE "dataset" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "name" VARCHAR(200) NOT NULL,
    "row_count" BIGINT NOT NULL,
    "columns" JSON NOT NULL,
    "identifier" TEXT,
    "import_report" JSON NOT NULL,
    "checksum" VARCHAR(64) NOT NULL,
    "size_in_bytes" BIGINT NOT NULL,
    "created_at" TIMESTAMP NOT NULL
) /* A table of customers; the table itself is in the storage, under `folder`. */;
CREATE INDEX "idx_dataset_name_6c4fb9" ON "dataset" ("name", "id");
CREATE TABLE "job" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "kind" VARCHAR(32) NOT NULL,
    "status" VARCHAR(32) NOT NULL,
    "attempt" INT NOT NULL,
    "owner" CHAR(36),
    "beat_at" TIMESTAMP,
    "cancel_requested" INT NOT NULL,
    "stage" VARCHAR(32) NOT NULL,
    "fraction" REAL NOT NULL,
    "message" TEXT NOT NULL,
    "version" INT NOT NULL,
    "failure_code" VARCHAR(32),
    "failure_message" TEXT,
    "created_at" TIMESTAMP NOT NULL,
    "started_at" TIMESTAMP,
    "finished_at" TIMESTAMP
) /* A piece of work, who does it, and how far it is. */;
CREATE INDEX "idx_job_status_0ab366" ON "job" ("status", "kind", "id");
CREATE TABLE "clustering_run" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "algorithm" VARCHAR(32) NOT NULL,
    "parameters" JSON NOT NULL,
    "fingerprint" VARCHAR(64) NOT NULL,
    "metrics" JSON,
    "selection" JSON,
    "imputed" JSON,
    "explained_variance" JSON,
    "feature_importance" JSON,
    "created_at" TIMESTAMP NOT NULL,
    "dataset_id" CHAR(36) NOT NULL REFERENCES "dataset" ("id") ON DELETE CASCADE,
    "match_to_id" CHAR(36) REFERENCES "clustering_run" ("id") ON DELETE SET NULL,
    "job_id" CHAR(36) NOT NULL UNIQUE REFERENCES "job" ("id") ON DELETE CASCADE
) /* A training of a dataset, and what it found. Its state is the job's. */;
CREATE INDEX "idx_clustering__match_t_864bb5" ON "clustering_run" ("match_to_id");
CREATE INDEX "idx_clustering__dataset_541955" ON "clustering_run" ("dataset_id", "id");
CREATE INDEX "idx_clustering__dataset_c2a8fb" ON "clustering_run" ("dataset_id", "fingerprint");
CREATE TABLE "segment" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "index" INT NOT NULL,
    "name" VARCHAR(200) NOT NULL,
    "generated_name" VARCHAR(200) NOT NULL,
    "color" VARCHAR(7) NOT NULL,
    "size" BIGINT NOT NULL,
    "share" REAL NOT NULL,
    "centroid" JSON NOT NULL,
    "characteristics" JSON NOT NULL,
    "rule" JSON,
    "silhouette" REAL,
    "stability" REAL,
    "previous_id" CHAR(36) REFERENCES "segment" ("id") ON DELETE SET NULL,
    "run_id" CHAR(36) NOT NULL REFERENCES "clustering_run" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_segment_run_id_56b375" UNIQUE ("run_id", "index"),
    CONSTRAINT "uid_segment_run_id_2f3a70" UNIQUE ("run_id", "name")
) /* A group of customers that a run found. `name` is the generated one until somebody gives another. */;
CREATE INDEX "idx_segment_previou_aa224f" ON "segment" ("previous_id");
CREATE TABLE "recommendation" (
    "id" CHAR(36) NOT NULL PRIMARY KEY,
    "position" INT NOT NULL,
    "kind" VARCHAR(32) NOT NULL,
    "title" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "rationale" TEXT NOT NULL,
    "priority" VARCHAR(32) NOT NULL,
    "segment_id" CHAR(36) NOT NULL REFERENCES "segment" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_recommendat_segment_fb53ed" UNIQUE ("segment_id", "position")
) /* What to do about a segment. `position` orders those of a segment, best first. */;
CREATE TABLE IF NOT EXISTS "aerich" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "version" VARCHAR(255) NOT NULL,
    "app" VARCHAR(100) NOT NULL,
    "content" JSON NOT NULL
);"""


async def downgrade(db: BaseDBAsyncClient) -> str:
    # aerich's own table stays: it is where the migrations are remembered.
    return """
        DROP TABLE "recommendation";
        DROP TABLE "segment";
        DROP TABLE "clustering_run";
        DROP TABLE "job";
        DROP TABLE "dataset";"""


MODELS_STATE = (
    "eJztXG1z2zYS/isYfbncjM9jy2+5tnMzkq20ah07Z8vXTpsOBZGQhJoiVACM4sv5v3cBkR"
    "RfQInUi0Pr+MWWQDwA9Oxygd0F8KUxYQ5xxeGl6wtJOPVGd77X+AZ9aXh4QuCDucIBauDp"
    "dPFYFUg8cDXCjqpaPKg7EJJjW8LTIXYFgSKHCJvTqaRMdddoIahAPcAgNkQYOVhiQeQBwp"
    "6DZmMsEZVoyHzPOURdKZCQWBJEBZJjgv5gg7+JQ9WRw2zoCVrZYpu+R//0iSXZiMADDi3/"
    "9jsUU88hn4lQX780hpS4jv7cCHqxqKPA8FdVJp+nnAgBP1aE+IBfz3ddRd7TVHPX0JVh3P"
    "rL8wFa0vYQfhnhU/i5cqNOVMXpo6X7SYg+7AbKrRD78NC9eqdrKroHls1cf+Itak+f5Jh5"
    "UXXfp86hwqhnI+IRDhw7MT1QQwsUJyyaEw4FkvskYtpZFDhkiH1XaVPju6Hv2UqJkO5J/T"
    "n9VzC0WDXLurntWfednmU1MsoXsBPXnaDIBiq1DknF6JfnebsLQnRpQ3Vw+UPr7s3J+d81"
    "BUzIEdcPNV2NZw0E2VkLWS5Yxu6IcSrHkyzZl2PMO54/0YR3YSzYs0mG+EQDKf5h+OswHx"
    "YsqF+8tyGpIW3FiW6kX1EzzY0J/my5xBvJMXw9aS6h/T+tuznzTc08AyMzt0E3wZOmfvSs"
    "X6SQ8Cnm8AkslMgy/uP97Y1ZvZOoFM0OtSX6H3KpkNWhext6rfhQLU+E+NONE/vmfeuXNO"
    "eX17ft9AugGminBBA3XEadN0sgBauyphemPqnr56cFdP38NFfX1aMk1aCxnNqlFD0G2UjL"
    "A2NdFaZfWskFcYmemcpwnwDV7K/PPp1MfcVNCe5jkJr59ZmHVagLnRPH+oQ5DRcsRYVgRt"
    "fy2GCyJVj6nFig3ozLsvIwo2t5rC8PmxPFjYUNa58reCLphJhlkUSmZRBAD8MPr3AxtEQU"
    "ve77zn2v9f5DQh5XrV5HPWnq0qdU6ZvzlIyiRtDP3d4PSH1Fv97edNJii+r1flUueAP7kl"
    "kem1nYiXMSFodFCTGnXfViPnQStU1furqiXek6x1azWNpjC1gvx2oKtgGtq21XJkRReVL/"
    "YIOSfC4QLxvtqSSVKno2fDRGdoK3OUvtO8YJHXk/kadMZCfFaBB9vVq09Dpf/EXpQrAcz6"
    "KgY8ryAQPwu4mcRwRa95etq07DaAq2QG4mtP0ajcBKglNGMMEwjAHdPFxfz2PBA2w/zjB3"
    "rBy1hq4k9XxYiQyesvS3A/S7n+6Ii3N82Z0xXwndTsUBRhOiABsxdT9vZY8MgFY11mRGFY"
    "MZJsvXrUd6DP4UfK1/nLfxGqehlS/zYgY2W8rEa5wkWT2aNCfpEuzhkf65amBqGKmZx5AS"
    "jE1K+cnA2BxYKAuocCpdZ4NlYBPCxbc6HTcvp1IQd6hSdNTTxVCHw7gPkA/i4qg/ZC787x"
    "tzgdtruWRGUNN2sHEusE7TfdU0XSjFotmKsP4epimaR0cF8hRQKzdRoZ8l3RAO/rXNfFNK"
    "qE1HXU+aaU7AUlzTVzlhwnjh3z/+2WyenFw0j07O356dXlycvT16C3X1iLOPLpbIo939vn"
    "vTS0pCFaTCUprRUomiGKROh26Sq3BgZUehO55lvwcTQJ4dj6PWsjLVXE4bw3+dX3rLeY+i"
    "f9e3N9+H1dPCyOSIGJcWJ+pfyUxRElir/yYB8TGxH4Wfs/0lx/TEMHs4wW5/H4Cg/yUW9c"
    "Bjl8Tkii6ZYTPQepZdf5atkz/7mvzJxIGLhNK4b1py7TKEVlGxFwkPbS+ooUJDhoBGEDHK"
    "D2YEYakigYwpJbYON8wYfzxAszFDDiMC0WD/8ZjNAMzVFmRq3LtcroGP3kevz2Yg+n64g7"
    "n1oYumnNlEqO9YIofTT7oBje8PwKCAOemr2AdysZBI0JGnenTpkHzz0cMeU+GNRSP4EeDs"
    "ExTp3dNjLNCAEA9wMHOprdQcuUzt0VP9zcMoLsGCwOj6WEoymUJv2lkTevhsKAEN45nplk"
    "a+9y2aUTlG0S+RSBLXFTBgxFxn/gv4R08Gm7ejEcBSzMU2cQ5RHyqo2EofjcA1FPP2CBQ+"
    "IRsGNSIII9ularw2tCoIWSeko7aK+1o3HqFKHdx57cGdUIrrbL8OsVVeh1Zk5/XitVmH6A"
    "X65ahu/Puh89C5KqnNFaE7sLlZvnPX+jHEy63yj3a7xG8en16cvj05P41W9lHJsgV9dvGu"
    "J6Uy1jgC7HTHSVVW6SW2nARLj7I+UAy2BQfo9TD7KvyfhJur7LdrcQLMCuM27DZjsDT0cn"
    "xdAzwl8AHgd2WPopKXlXL79vY6IeB2Nx3EfHjf7ty9OdaShUpU5oQZYKYclUpWRYAqL2LW"
    "DKZtf14dKufPeLLjnctwztQaB6VYHirUzmbXw13Nr0tovbp9aF930Ie7zmX3vhsEjSMTpR"
    "8mdfiu07rOHF0SwqjG+TmRGOQFl4hfwdXZST4k8JxLLBdjiHq5mDbCQ0xddXTCZk6OLV7t"
    "8qTbqHCaryI+T8jYGtbDAK0w35U1I3WOYy1RvLY1Plgsvp6Yk8jak6uylIfUo2K8lphT0F"
    "rOVZNziYxlqWRcIr1pcP0DVLid+//3mEDJrOUdsdlkQjwHByPIJDBTNQ6W5TJ5tu7KtObP"
    "Ku8mVSIS4QHzJcIoON5wiPqgklTqzBvjDjgGCEQpyPzqpaDWARoQIdGQciGzOc+tt25I6v"
    "0WnscIXiLdZuP3VK6vzsZ91WxcJJcM17meaByyT/uTtuaN1hnOF3E/JZVuKaczAlSZ3Mr6"
    "mnlx2Hy+c4OwNeFFCOd6tYDL6XgCVNO+Bu1TTtUVf4bjtsUseBxfZQFUxIoHa8SS1yIkUf"
    "XlHcsvR4itw1M5tLLn9/fvbPRB6rhvUrMKHPld33kv6ZOG3Buc0ZhY8r3QmBYU2VU74syf"
    "Jg7xzre2YsR9L7zLt68GEm2DjVQCMY8g35PURQKgA+Y8oZHeERtsdDXtwt19h0YnNQicaL"
    "VU+0qjEs1x7a5Wyl2dSylDdK6vGtWvHVWDo1qfs97tOeuIEass01lkzXkxzoFDZtg5uuR8"
    "YwjYQ4aXmYOQ34tcdi9MJxsNSYYVBxr3zfy+8DlGAZprYH3J9rcI8ZJ7376OT7SNzW82LI"
    "o5M63fltzHEMPUJ9I3OpGOlSNCONBV8vJ0A7QWxQai4L4p1JjPf1i/vqF4g5vrqTtmPpGy"
    "pIVPwNY086+H+m1YeSHxgLrGuO4youOomucCPE85+USZL0oGdFOw+t7glGn2SvK5QNTB8e"
    "XBcePGqZ1fbFtRaleGxxd6tfre4PCdftG8QyVf/5W0pszfBjcGJ/eabXjjSXaT256odSpk"
    "tK1LlrepptXgaZcJrRbYS3vcMOSzgicHy9JZeFFnVTYrn4bVd5GUSvjk5yFMU7EhChaoxW"
    "aJnspnIPLzO7nn4vLjt/kH4/Yhgts8OysSIz87y4+Rq2eprVzwUpVgOKi+h+weF8pAHC/J"
    "QBybMhCeNO62WHa9awSpQ1glwym7OlpRaDJ7/gsR0CQu"
)
