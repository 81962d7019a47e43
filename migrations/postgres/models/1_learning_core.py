from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True


async def upgrade(db: BaseDBAsyncClient) -> str:
    return """
        ALTER TABLE "clustering_run" ADD "approximation" JSONB;
        ALTER TABLE "clustering_run" ADD "preparation" JSONB;
        ALTER TABLE "clustering_run" ADD "density" JSONB;
        ALTER TABLE "clustering_run" ADD "changes" JSONB;
        ALTER TABLE "clustering_run" ADD "structure" JSONB;
        ALTER TABLE "recommendation" ADD "play" VARCHAR(200);
        ALTER TABLE "recommendation" ADD "figures" JSONB;
        ALTER TABLE "recommendation" ADD "review_note" TEXT;
        ALTER TABLE "recommendation" ADD "measure" TEXT;
        ALTER TABLE "recommendation" ADD "reviewed_at" TIMESTAMPTZ;
        ALTER TABLE "recommendation" ADD "channel" TEXT;
        ALTER TABLE "recommendation" ADD "review_status" VARCHAR(32);
        ALTER TABLE "segment" ADD "feature_importance" JSONB;"""


async def downgrade(db: BaseDBAsyncClient) -> str:
    return """
        ALTER TABLE "clustering_run" DROP COLUMN "approximation";
        ALTER TABLE "clustering_run" DROP COLUMN "preparation";
        ALTER TABLE "clustering_run" DROP COLUMN "density";
        ALTER TABLE "clustering_run" DROP COLUMN "changes";
        ALTER TABLE "clustering_run" DROP COLUMN "structure";
        ALTER TABLE "recommendation" DROP COLUMN "play";
        ALTER TABLE "recommendation" DROP COLUMN "figures";
        ALTER TABLE "recommendation" DROP COLUMN "review_note";
        ALTER TABLE "recommendation" DROP COLUMN "measure";
        ALTER TABLE "recommendation" DROP COLUMN "reviewed_at";
        ALTER TABLE "recommendation" DROP COLUMN "channel";
        ALTER TABLE "recommendation" DROP COLUMN "review_status";
        ALTER TABLE "segment" DROP COLUMN "feature_importance";"""


MODELS_STATE = (
    "eJztXW1z2zYS/isYfWluRudJ5Lc0vbkZ2VZatY6ds+Vrp02HgkhIQk0RKgDG8aX5711AfC"
    "coiXoLpeMXWwKxIPXsYgHsgwU/NybMIa44unR9IQmn3ujO9xpv0OeGhycEPpgrNFEDT6fx"
    "ZVUg8cDVEnZU1eJB3YGQHNsSrg6xKwgUOUTYnE4lZep2jTaCCtQDGcSGCCMHSyyIbCLsOe"
    "hpjCWiEg2Z7zlHqCsFEhJLgqhAckzQH2zwjThSN3KYDXeCVjbYpu/RP31iSTYicIFDy7/9"
    "DsXUc8gnItTXz40hJa6jPzeCu1jUUcLwV1Umn6acCAE/VoTyAb6e77oKvOepxq6hK8Nz6y"
    "9fmmhO20P4ZYRP4efKtW6iKk4fLX2flOrD20C5Fco+PHSv3uqaCu6BZTPXn3hx7emzHDMv"
    "qu771DlSMuraiHiEA8ZOwg7UowWGExbNAIcCyX0SIe3EBQ4ZYt9V1tT419D3bGVESN9J/T"
    "n5d/BoiWqWdXPbs+47Pctq5IwvQCdpO0GRDVBqG5IK0c9fZu3GgOjShrrB5Q/tuxfHZ//Q"
    "EDAhR1xf1HA1vmhB0J0V6zJGGbsjxqkcT/JgX44x73j+RAPehWfBnk1ywKcayOAPj78K8m"
    "FBDH3cb0NQQ9iWB7qR7aJmmBsT/MlyiTeSY/h63JoD+3/bdzPkWxp5Bk5m5oNugistfemL"
    "7kgh4FPM4RN4KJFH/Mf72xuzeaelMjA71JboL+RSIasD9ybsWuGhWp4I8aebBPbFu/YvWc"
    "wvr28vsh1ANXCRUUDScRlt3qyBjFiVLX1p6NO2fnayhK2fnRTaurqUhhosllO7lKEnRNay"
    "8sBZVwXpXRu5IC7RI1MZ7FNCNfproA+/35Y+J6XQTwrV6K+OPqwNOPtEJ7is/ecEay2srg"
    "WHeILK5zL4J0Rq5FdHHtZharpY1vozYrUGVteAPcYwWSw170mI1MivjjydTH2FTQnkEyI1"
    "8qsjTz5NXbg5cayPmNMwVLCsEszStT7WWOYSrCaTFpg347KsPszStT7WGBM4UdhY2BB1uI"
    "Irkk5IwdCQkszqIBA9Cj/sYRhijip63Xed+1773fuUPq7avY660tKlz5nSF2cZHUWNoJ+7"
    "vR+Q+op+vb3pZNUW1ev9qoLfDexLZnnsycJOEpOwOCxKT3szQfLlotdpqU1Gsaur2oVB60"
    "QcCUt7bAHq5VDNiK0B62LflSMHKg/qH2xQEs9YYrc8SyWhVLzV8NHIqQS9OQ/tW8YJHXk/"
    "keccp5JBNOA9r+KW9rPjx6WxYjl+iui+jOcDBOB3EzmLxbfvL9tXnYbRFWwA3BypvI9OYC"
    "HAGSeYQhieAd08XF/PWNgBth+fMHesArOGW0nq+TATGRjCOheB9Nuf7ohbFEXYGvKVsO1M"
    "BH40IUpgLaTuZ60ckAPQpsZazGhiMMLk8br1SI/BnyW79Y+zNvZxGFrYmeMR2OwpU904Db"
    "K6NGlNsiXYwyP9c9WDqcfIjDyGzTiJQal4G05iDFxq/42SUxtlbPAMbEK4+E5vhJmVUymI"
    "O1SbY6ini6EOh+duIh/UxVF/yFz43zfuwtlcyyX34mjYmmvvwqk3yHzVDTKhFpfdJxDWP8"
    "ANAq2XL5fYIQC1CrcI6GvpZQiH9bXNfNNmjAs66nrSDHNKLIM13csBE54X/v3z21br+Pi8"
    "9fL47PXpyfn56euXr6GufuL8pfM5+rjoft+96aU1oQoyYSmNaDmqIhapNyKtw1U4MLOjcD"
    "ueR78HA0CRH09KreRlqjmdNob/Or/05uMeRf+ub2++D6tnlZHjiBiXFifqX0mmKC1Ym/9a"
    "JCmxH4VfsPG0iCWNZQ5wgN38DjxB/0cs6sGKXZr46HkjbE60HmVXH2Vr8udQyZ9cHHiZUB"
    "r3TVOubYbQKqr2ZcJDmwtq6OCRG0BriGykrjfnhTdotubCGEdvTHQO0AAL8o1As2mcfG6q"
    "wAOVAjHPfUawqnmTDEOgRzA1gQbPKlnoacwEQUPqEqG+jrEh62hrd1kc+ygVpygcdYxhih"
    "WHmq8a0gsGmtark/OT18dnJ9H4EpXMG1bCIaQ4LhGqtlwMKJapSWYTiVfsvLfpl1TI2uCO"
    "gkh2sRcKwuXLBFinlNg6DPrE+GNT9XLkMN3FZxmJY/YEwlx1eWrMZizXwAfvg9dnT2BG/T"
    "Cnsf2+i6ac2USo71gih9OPMyej5PsDmOjANKev/ZSLhUSCjjx1R5cOyZsPHvaYcj1xI/gR"
    "xNlHKNL5lOCq0IAQD+RgRq2SKzlymcraUfebhXddAo4Rnq6PpSSTKdxNB5GEfnw2lMTTPl"
    "C3NPK979ATlWMU/RKJJHFdAQ+MmOvMfgH/4MkgnTN6AlgiutgmzhHqQwUV8+2jEVdOVrdH"
    "oPAZzbZ8Ioxsl6rntaFVQcgqoWaVPOpr23iEKnXQed+DzqEWV0nIDGWrvD6uSC5m3G1WAT"
    "qW3h3Ujf88dB46VyWtuSJwBz63xGwwIbG76MPLSs8IYzj1oFTGG0cCW90JtydTvySSwdSj"
    "bGwmIbaBwMz+ILsXcZlU+E35b9fiBJAVxvSQC8ZgaugVxOAM4hmFD0B+W/4oKtmtli9ub6"
    "9TCr7oZsmVh3cXnbsXr7RmoRKVBeFPGClHpUj0SKDKk5gVg/ybH1eHavFnzPZ76zJcMLQm"
    "hTIoD5XU1kbXo22Nr3Ngvbp9uLjuoPd3ncvufTcgsyIXpS+mbfiu077OHWYghNGMi7nahM"
    "gOp4hfYamzFZ42WDmXmC4mJOrpYtYJDzF1VUqXzZwCX7x4yZNto8LbDyqy5gkRW8F7GEQr"
    "jHdl3UjNva6kin2b44PH4qupOS1Zr+SqrOUh9agYr6TmjGit56rpeVtkXGrbhWHpH0iFaS"
    "b/v+lLJVnLO2KzyYR4TuF+ikyN5jwuk+frLqQ1f1a8m1REJMID5kuEUZB2dYT6YJJUauaN"
    "cQcWBkjqnQ36MNagVhMNiJBoSLmQec5zo61rQnTq4ueID6WOqq0+qWIUcoiAAhFoyNkkJB"
    "8VT+gRt99E/QnBAqaEfcWYQntDOoJvoj8jXdEN8/QTqH8T7BC4/5Bxou4Bj/ZE4KPHwEqL"
    "GMbfwqS1oEfrH9j4fZ19HjU1uGlqMNJLDuvCZXFS5JA2cW5saaw6YJnwZFj/EJZjO0jxqd"
    "nsnYQaJJVuqQBDJFBlcCsbVyiKuRfjXRhwrwFfBvDZ2YS4nI2nhGrYV4B9yqk64L1ggFzs"
    "wZPyVVZARbx4MNsvY+MJkUOYkezawINFVRnEEyI14uURD9atecTnHEgYi9SnEK6edMnJR0"
    "qerPU2PuYaqXAfqIhXDyBT4ZdSs5e0WIVxrqyvmUG4EmOQEa0Zg6oxBobztkoeaZiWqnOi"
    "5h9smAgPZ/aZlT177/DONWtmjupKW9YSx3XtLNssxN5A2CTUUszUJKxgmcyzEWf+NHUA14"
    "zrwIj7XvgGvL56kIgaiUxCUxm+J6mLBIgOmPOMRjprLEgGM2Wqbf+GRu4kIBe1Warcq6hE"
    "Y1yzKJViUWZaygFdnJYc1q/5EwN/Up+Rtl0CJULEKot0XrLGfDnMAUNmyK6aczZRKHCACM"
    "9zByG+54XonptOJcpDu+gwokNzvzs+g0iA5RpQn5MiEknsMj/k66yJNpEgYsOkmDPT/G3O"
    "WYoJmfo0ufVeuaUWIoQDXCVfOWoQrVWxTozZN1G0xfiH9eu4/hpvHKXumPlEmsLL8zx8Sm"
    "xFN78/0G/CywuJB9Q18uHzgE5K1TgvgXP9/rJqeZipYkOYL0oG2DNi9TuYMkOlVxLPWKIm"
    "K+aTFcZkj62/JKii0C6kK2K7WvwOprBP75QHqmT3Xwhrxv2t8faldH7MmqfH5hNzDsSsMy"
    "G8Tb2wapNmWg2ctkkwtsFf2uOGgV8MrjTn0Ys4rrOIXSyGoWrH1QZmsR7xVnlGqJhvKzzL"
    "ozieXnyYxyFE1Funp8twFqenxZyFupZJSYBOVQLhoPoBovtqKUbo1RxG6JWJEfKkcffLvF"
    "flRCJ1SLHk4nNb6eBLDWZf/gZqGxVu"
)
