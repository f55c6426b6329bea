"""Tables of R packages: which columns are measurements, and which one is the class."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["R_TABLES", "RTable"]


@dataclass(frozen=True)
class RTable:
    """A table of an R package, its columns of measurements and those that make the class.

    ``step`` takes every so many rows.
    """

    name: str
    item: str
    columns: tuple[str, ...]
    labels: tuple[str, ...] = ()
    step: int = 1


def table(name: str, item: str, columns: str, labels: str = "", step: int = 1) -> RTable:
    """Return a table, its columns given with commas between them."""
    split = (tuple(filter(None, text.split(","))) for text in (columns, labels))
    return RTable(name, item, *split, step)


BODY = (
    "bia_di,bii_di,bit_di,che_de,che_di,elb_di,wri_di,kne_di,ank_di,sho_gi,che_gi,wai_gi,nav_gi,hip_gi,thi_gi,"
    "bic_gi,for_gi,kne_gi,cal_gi,ank_gi,wri_gi,wgt,hgt"
)
CELLS = (
    "area_ch_1,avg_inten_ch_1,avg_inten_ch_2,avg_inten_ch_3,avg_inten_ch_4,convex_hull_area_ratio_ch_1,"
    "convex_hull_perim_ratio_ch_1,entropy_inten_ch_1,entropy_inten_ch_3,entropy_inten_ch_4,fiber_width_ch_1,"
    "length_ch_1,perim_ch_1,shape_bfr_ch_1,shape_lwr_ch_1,skew_inten_ch_1,skew_inten_ch_3,skew_inten_ch_4,"
    "total_inten_ch_1,width_ch_1"
)
LEAVES = (
    "skewed_polar,clumpy_polar,convex_polar,skinny_polar,monotonic_polar,skewed_contour,clumpy_contour,"
    "convex_contour,skinny_contour,monotonic_contour,diameter,area,perimeter,aspect_ratio,rectangularity,"
    "circularity,narrow_factor,perimeter_ratio_diameter,perimeter_ratio_length,perimeter_convexity,"
    "area_convexity,eccentriciry,contrast,correlation_texture,inverse_difference_moments,entropy,mean_red_val,"
    "mean_green_val,mean_blue_val,std_red_val,std_green_val,std_blue_val,correlation"
)
COLLEGE = (
    "Apps,Accept,Enroll,Top10perc,Top25perc,F.Undergrad,P.Undergrad,Outstate,Room.Board,Books,Personal,PhD,"
    "Terminal,S.F.Ratio,perc.alumni,Expend,Grad.Rate"
)
BLUE_JAYS = "BillDepth,BillWidth,BillLength,Head,Mass,Skull"
POSSUM = "hdlngth,skullw,totlngth,taill,footlgth,earconch,eye,chest,belly"
CITIES = "ad,ba,ef,la,lu,re,ri,se,si,st,su,sz,zg"
STEROIDS = "cyp_11a1,cyp_11b1,cyp_11b2,cyp_17a1,cyp_19a1,cyp_21a1,hsd3b2,star,progesterone,testosterone,dhea,cortisol"

LABELLED = (
    table("ais", "DAAG/ais", "rcc,wcc,hc,hg,ferr,bmi,ssf,pcBfat,lbm,ht,wt", "sex"),
    table("leafshape", "DAAG/leafshape", "bladelen,petiole,bladewid", "arch"),
    table("cuckoos", "DAAG/cuckoos", "length,breadth", "species"),
    table("possum", "DAAG/possum", POSSUM, "Pop"),
    table("spam7", "DAAG/spam7", "crl.tot,dollar,bang,money,n000,make", "yesno"),
    table("crabs", "MASS/crabs", "FL,RW,CL,CW,BD", "sp,sex"),
    table("glass", "MASS/fgl", "RI,Na,Mg,Al,Si,K,Ca,Ba,Fe", "type"),
    table("pima", "MASS/Pima.te", "npreg,glu,bp,skin,bmi,ped,age", "type"),
    table("cats", "MASS/cats", "Bwt,Hwt", "Sex"),
    table("ripley_synth", "MASS/synth.tr", "xs,ys", "yc"),
    table("skulls", "HSAUR/skulls", "mb,bh,bl,nh", "epoch"),
    table("foothead", "heplots/FootHead", "width,circum,front.back,eye.top,ear.top,jaw", "group"),
    table("neurocog", "heplots/NeuroCog", "Speed,Attention,Memory,Verbal,Visual,ProbSolv,SocialCog", "Dx"),
    table("penguins", "palmerpenguins/penguins", "bill_length_mm,bill_depth_mm,flipper_length_mm,body_mass_g",
          "species"),
    table("oils", "modeldata/oils", "palmitic,stearic,oleic,linoleic,linolenic", "class"),
    table("bivariate", "modeldata/bivariate_train", "A,B", "Class"),
    table("cells", "modeldata/cells", CELLS, "class"),
    table("leaves", "modeldata/leaf_id_flavia", LEAVES, "species"),
    table("scat", "modeldata/scat", "Diameter,Taper,TI,Mass,d13C,d15N,CN", "Species"),
    table("steroids", "modeldata/steroidogenic_toxicity", STEROIDS, "class"),
    table("bluejays", "Stat2Data/BlueJays", BLUE_JAYS, "KnownSex"),
    table("hawks", "Stat2Data/Hawks", "Wing,Weight,Culmen,Hallux,Tail", "Species"),
    table("kershaw", "Stat2Data/Kershaw", "StartSpeed,EndSpeed,HDev,VDev,HPos,VPos", "PitchType"),
    table("davis", "carData/Davis", "weight,height", "sex"),
    table("bdims", "openintro/bdims", BODY, "sex"),
    table("olive", "dslabs/olive", "palmitic,palmitoleic,stearic,oleic,linoleic,linolenic,arachidic,eicosenoic",
          "area"),
    table("auto", "ISLR/Auto", "mpg,displacement,horsepower,weight,acceleration", "origin"),
    table("college", "ISLR/College", COLLEGE, "Private"),
    table("galton", "HistData/GaltonFamilies", "father,mother,childHeight", "gender"),
    table("un", "carData/UN", "fertility,ppgdp,lifeExpF,pctUrban,infantMortality", "group"),
    table("credit", "modeldata/credit_data", "Seniority,Age,Expenses,Income,Assets,Amount,Price", "Status"),
    table("tenmile", "mosaicData/TenMileRace", "net,age", "sex"),
)  # fmt: skip
PLAIN = (
    table("quakes", "datasets/quakes", "lat,long,depth,mag,stations"),
    table("airquality", "datasets/airquality", "Ozone,Solar.R,Wind,Temp"),
    table("usarrests", "datasets/USArrests", "Murder,Assault,UrbanPop,Rape"),
    table("states", "datasets/state.x77", "Population,Income,Illiteracy,Life Exp,Murder,HS Grad,Frost,Area"),
    table("stockmarkets", "datasets/EuStockMarkets", "DAX,SMI,CAC,FTSE"),
    table("randu", "datasets/randu", "x,y,z"),
    table("boston", "MASS/Boston", "crim,indus,nox,rm,age,dis,tax,ptratio,black,lstat,medv"),
    table("geyser", "MASS/geyser", "waiting,duration"),
    table("gilgais", "MASS/gilgais", "pH00,pH30,pH80,e00,e30,e80,c00,c30,c80"),
    table("motorcycle", "MASS/mcycle", "times,accel"),
    table("cereals", "MASS/UScereal", "calories,protein,fat,sodium,fibre,carbo,sugars,potassium"),
    table("cav", "boot/cav", "x,y"),
    table("brambles", "boot/brambles", "x,y"),
    table("urine", "boot/urine", "gravity,ph,osmo,cond,urea,calc"),
    table("ruspini", "cluster/ruspini", "x,y"),
    table("xclara", "cluster/xclara", "V1,V2"),
    table("milk", "robustbase/milk", "X1,X2,X3,X4,X5,X6,X7,X8"),
    table("radar", "robustbase/radarImage", "Band.1,Band.2,Band.3"),
    table("condroz", "robustbase/condroz", "Ca,pH"),
    table("nitrogen", "robustbase/ambientNOxCH", CITIES),
    table("hbk", "robustbase/hbk", "X1,X2,X3,Y"),
    table("seals", "ggplot2/seals", "lat,long,delta_long,delta_lat"),
    table("diamonds", "ggplot2/diamonds", "carat,depth,table,price,x,y,z", step=10),
    table("luv_colours", "ggplot2/luv_colours", "L,u,v"),
    table("storms", "dplyr/storms", "lat,long,wind,pressure", step=2),
    table("rates", "Ecdat/Irates", "r1,r2,r3,r5,r6,r11,r12,r36,r60,r120"),
    table("returns", "Ecdat/CRSPday", "ge,ibm,mobil,crsp"),
    table("airpollution", "texmex/winter", "O3,NO2,NO,SO2,PM10"),
    table("concrete", "modeldata/concrete", "cement,water,coarse_aggregate,fine_aggregate,age,compressive_strength"),
    table("sacramento", "modeldata/Sacramento", "sqft,price,latitude,longitude"),
    table("biomass", "modeldata/biomass", "carbon,hydrogen,oxygen,nitrogen,sulfur,HHV"),
    table("light_chains", "survival/flchain", "age,kappa,lambda,creatinine"),
    table("stops", "carData/MplsStops", "lat,long", step=5),
    table("electricity", "fpp2/elecdaily", "Demand,Temperature"),
    table("demand", "fpp2/elecdemand", "Demand,Temperature", step=2),
)  # fmt: skip
R_TABLES = (*LABELLED, *PLAIN)
